// SPDX-License-Identifier: Apache-2.0
#include "mds/directory.h"

#include "lib/base/limits.h"

namespace sheen::mds {

Status check_name(std::string_view name) {
  if (name.empty()) return Errc::kNotFound;
  if (name.size() > kNameMax) return Errc::kNameTooLong;
  if (name == "." || name == ".." || name.find('/') != name.npos || name.find('\0') != name.npos)
    return Errc::kInvalid;
  return ok();
}

Result<Inode> get_directory(Mdt& mdt, Fid fid) {
  SHEEN_ASSIGN(std::optional<Inode> inode, mdt.store().inodes.find(fid));
  // Also one that is kept only because somebody has it open: as Linux's IS_DEADDIR.
  if (!inode || inode->nlink == 0) return Errc::kNotFound;
  if (!inode->is_directory()) return Errc::kNotDirectory;
  return std::move(*inode);
}

Result<Place> find_place(Mdt& mdt, const Asker& asker, Fid parent, std::string_view name) {
  SHEEN_TRY(check_name(name));
  Place place;
  SHEEN_ASSIGN(place.directory, get_directory(mdt, parent));
  SHEEN_TRY(check_access(mdt, asker, place.directory, kMayExecute));
  SHEEN_ASSIGN(place.entry, mdt.store().entries.find(parent, name));
  return place;
}

Result<Inode> inode_of(Mdt& mdt, const Entry& entry) {
  SHEEN_ASSIGN(std::optional<Inode> inode, mdt.store().inodes.find(entry.fid));
  if (!inode) return Error(Errc::kCorrupt, "an entry without its inode " + entry.fid.to_string());
  return std::move(*inode);
}

Status update_directory(Mdt& mdt, Inode& directory, RealtimeNs now) {
  directory.mtime = directory.ctime = now;
  return mdt.store().inodes.update_parent(directory);
}

Status drop_link(Mdt& mdt, Inode& inode, RealtimeNs now) {
  inode.ctime = now;
  if (inode.is_directory()) {
    inode.nlink = 0;
  } else {
    if (inode.nlink == 0) return Error(Errc::kCorrupt, "an entry of an inode without links");
    --inode.nlink;
  }
  if (inode.nlink > 0) return mdt.store().inodes.update(inode);
  if (!mdt.opens().is_open(inode.fid) && !mdt.env().recovering()) return mdt.destroy(inode);
  SHEEN_TRY(mdt.store().inodes.update(inode));
  return mdt.store().inodes.add_orphan(inode.fid);
}

Result<bool> is_ancestor(Mdt& mdt, Fid ancestor, Fid fid) {
  // Nothing deeper can have been made through paths; a ring in damaged rows must not stop the lane.
  constexpr int kDepthMax = 1 << 20;
  for (int depth = 0; depth < kDepthMax; ++depth) {
    if (fid == ancestor) return true;
    if (fid == kRootFid) return false;
    SHEEN_ASSIGN(std::optional<Inode> inode, mdt.store().inodes.find(fid));
    if (!inode || !inode->is_directory())
      return Error(Errc::kCorrupt, "a directory without its parent " + fid.to_string());
    fid = inode->parent;
  }
  return Error(Errc::kCorrupt, "directories form a ring");
}

uint8_t entry_type(uint32_t mode) { return static_cast<uint8_t>((mode & S_IFMT) >> 12); }

}  // namespace sheen::mds
