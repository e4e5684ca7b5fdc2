// SPDX-License-Identifier: Apache-2.0
#include "mds/store/inode_table.h"

#include <algorithm>

namespace sheen::mds {
namespace {

// In the column `flags`; on disk, so only ever appended.
enum InodeFlags : uint32_t {
  kSizeValid = 1U << 0,
  kHasCapability = 1U << 1,
  kHasAccessAcl = 1U << 2,
  kHasDefaultAcl = 1U << 3,
};

uint32_t flags_of(const Inode& inode) {
  return (inode.size_valid ? kSizeValid : 0U) | (inode.has_capability ? kHasCapability : 0U) |
         (inode.has_access_acl ? kHasAccessAcl : 0U) |
         (inode.has_default_acl ? kHasDefaultAcl : 0U);
}

}  // namespace

Result<InodeTable> InodeTable::open(store::Database& database) {
  SHEEN_TRY(
      database.execute("CREATE TABLE IF NOT EXISTS inode("
                       "fid INTEGER PRIMARY KEY, mode INTEGER NOT NULL, uid INTEGER NOT NULL,"
                       "gid INTEGER NOT NULL, nlink INTEGER NOT NULL, rdev INTEGER NOT NULL,"
                       "size INTEGER NOT NULL, blocks INTEGER NOT NULL, atime INTEGER NOT NULL,"
                       "mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, btime INTEGER NOT NULL,"
                       "flags INTEGER NOT NULL, size_version INTEGER NOT NULL,"
                       "parent INTEGER NOT NULL, content BLOB NOT NULL);"
                       "CREATE TABLE IF NOT EXISTS orphan(fid INTEGER PRIMARY KEY)"));
  InodeTable table;
  SHEEN_ASSIGN(table.find_,
               database.prepare("SELECT mode, uid, gid, nlink, rdev, size, blocks, atime, mtime,"
                                " ctime, btime, flags, size_version, parent, content"
                                " FROM inode WHERE fid = ?"));
  SHEEN_ASSIGN(table.insert_,
               database.prepare("INSERT INTO inode(fid, mode, uid, gid, nlink, rdev, size, blocks,"
                                " atime, mtime, ctime, btime, flags, size_version, parent, content)"
                                " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  SHEEN_ASSIGN(table.update_,
               database.prepare("UPDATE inode SET mode=?, uid=?, gid=?, nlink=?, size=?, blocks=?,"
                                " atime=?, mtime=?, ctime=?, flags=?, size_version=?, parent=?,"
                                " content=? WHERE fid = ?"));
  SHEEN_ASSIGN(table.update_parent_,
               database.prepare("UPDATE inode SET nlink=?, mtime=?, ctime=? WHERE fid = ?"));
  SHEEN_ASSIGN(table.update_atime_, database.prepare("UPDATE inode SET atime=? WHERE fid = ?"));
  SHEEN_ASSIGN(table.erase_, database.prepare("DELETE FROM inode WHERE fid = ?"));
  SHEEN_ASSIGN(table.add_orphan_, database.prepare("INSERT OR IGNORE INTO orphan(fid) VALUES(?)"));
  SHEEN_ASSIGN(table.remove_orphan_, database.prepare("DELETE FROM orphan WHERE fid = ?"));
  SHEEN_ASSIGN(table.is_orphan_, database.prepare("SELECT 1 FROM orphan WHERE fid = ?"));
  SHEEN_ASSIGN(table.orphans_, database.prepare("SELECT fid FROM orphan ORDER BY fid"));
  return table;
}

Result<std::optional<Inode>> InodeTable::find(Fid fid) {
  store::Statement::Use use(find_);
  SHEEN_ASSIGN(const bool found, find_.bind(fid.value).row());
  if (!found) return std::optional<Inode>();
  Inode inode;
  inode.fid = fid;
  int column = 0;
  const auto next = [&] { return find_.int64(column++); };
  inode.mode = static_cast<uint32_t>(next());
  inode.uid = static_cast<uint32_t>(next());
  inode.gid = static_cast<uint32_t>(next());
  inode.nlink = static_cast<uint32_t>(next());
  inode.rdev = static_cast<uint32_t>(next());
  inode.size = static_cast<uint64_t>(next());
  inode.blocks = static_cast<uint64_t>(next());
  inode.atime = next();
  inode.mtime = next();
  inode.ctime = next();
  inode.btime = next();
  const auto flags = static_cast<uint32_t>(next());
  inode.size_valid = (flags & kSizeValid) != 0;
  inode.has_capability = (flags & kHasCapability) != 0;
  inode.has_access_acl = (flags & kHasAccessAcl) != 0;
  inode.has_default_acl = (flags & kHasDefaultAcl) != 0;
  inode.size_version = static_cast<uint64_t>(next());
  inode.parent = Fid{static_cast<uint64_t>(next())};
  inode.content = find_.blob(column);
  if (const auto touched = touched_.find(fid); touched != touched_.end())
    inode.atime = touched->second;
  return std::optional<Inode>(std::move(inode));
}

Result<Inode> InodeTable::get(Fid fid) {
  SHEEN_ASSIGN(std::optional<Inode> inode, find(fid));
  if (!inode) return Errc::kStale;
  return std::move(*inode);
}

Status InodeTable::insert(const Inode& inode) {
  return insert_
      .bind(inode.fid.value, inode.mode, inode.uid, inode.gid, inode.nlink, inode.rdev, inode.size,
            inode.blocks, inode.atime, inode.mtime, inode.ctime, inode.btime, flags_of(inode),
            inode.size_version, inode.parent.value, std::string_view(inode.content))
      .run();
}

Status InodeTable::update(const Inode& inode) {
  touched_.erase(inode.fid);
  return update_
      .bind(inode.mode, inode.uid, inode.gid, inode.nlink, inode.size, inode.blocks, inode.atime,
            inode.mtime, inode.ctime, flags_of(inode), inode.size_version, inode.parent.value,
            std::string_view(inode.content), inode.fid.value)
      .run();
}

Status InodeTable::update_parent(const Inode& inode) {
  return update_parent_.bind(inode.nlink, inode.mtime, inode.ctime, inode.fid.value).run();
}

Status InodeTable::erase(Fid fid) {
  touched_.erase(fid);
  SHEEN_TRY(erase_.bind(fid.value).run());
  return remove_orphan(fid);
}

Status InodeTable::add_orphan(Fid fid) { return add_orphan_.bind(fid.value).run(); }

Status InodeTable::remove_orphan(Fid fid) { return remove_orphan_.bind(fid.value).run(); }

Result<bool> InodeTable::is_orphan(Fid fid) {
  store::Statement::Use use(is_orphan_);
  return is_orphan_.bind(fid.value).row();
}

Result<std::vector<Fid>> InodeTable::orphans() {
  store::Statement::Use use(orphans_);
  std::vector<Fid> fids;
  orphans_.reset();
  for (;;) {
    SHEEN_ASSIGN(const bool more, orphans_.row());
    if (!more) return fids;
    fids.push_back(Fid{static_cast<uint64_t>(orphans_.int64(0))});
  }
}

Status InodeTable::flush_atimes() {
  std::vector<std::pair<Fid, RealtimeNs>> sorted(touched_.begin(), touched_.end());
  std::sort(sorted.begin(), sorted.end());  // the simulator repeats itself
  for (const auto& [fid, atime] : sorted) SHEEN_TRY(update_atime_.bind(atime, fid.value).run());
  touched_.clear();
  return ok();
}

}  // namespace sheen::mds
