// SPDX-License-Identifier: Apache-2.0
//
// The checks and their order are those of vfs_rename() and do_renameat2() in Linux's fs/namei.c.
// Fault points: mds.rename.after_entries (both names are changed, no inode is told),
// mds.rename.before_parents.
#include <linux/fs.h>

#include "lib/base/fault.h"
#include "mds/attr.h"
#include "mds/directory.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {
namespace {

struct Rename {
  Mdt& mdt;
  const Asker& asker;
  uint32_t flags;
  RealtimeNs now;
  std::string_view new_name;
  Place from;
  Place to;
  Inode source;
  std::optional<Inode> target;

  bool exchange() const { return (flags & RENAME_EXCHANGE) != 0; }
  bool one_directory() const { return from.directory.fid == to.directory.fid; }
};

// A directory must not end up below itself.
Status check_loop(Rename& op) {
  if (op.one_directory()) return ok();
  if (op.source.is_directory()) {
    SHEEN_ASSIGN(const bool loop, is_ancestor(op.mdt, op.source.fid, op.to.directory.fid));
    if (loop) return Errc::kInvalid;
  }
  if (op.target && op.target->is_directory()) {
    SHEEN_ASSIGN(const bool above, is_ancestor(op.mdt, op.target->fid, op.from.directory.fid));
    if (above) return op.exchange() ? Errc::kInvalid : Errc::kNotEmpty;
  }
  return ok();
}

Status check_target(Rename& op) {
  if (!op.target) {
    SHEEN_TRY(check_access(op.mdt, op.asker, op.to.directory, kMayWrite | kMayExecute));
    return op.mdt.check_space();
  }
  SHEEN_TRY(check_may_delete(op.mdt, op.asker, op.to.directory, *op.target));
  if (op.exchange()) return ok();
  if (op.source.is_directory() && !op.target->is_directory()) return Errc::kNotDirectory;
  if (!op.source.is_directory() && op.target->is_directory()) return Errc::kIsDirectory;
  if (!op.target->is_directory()) return ok();
  SHEEN_ASSIGN(const bool empty, op.mdt.store().entries.empty(op.target->fid));
  return empty ? ok() : Status(Errc::kNotEmpty);
}

// A directory that moves gets another "..", which is a write to it.
Status check_dotdot(Rename& op) {
  if (op.one_directory()) return ok();
  if (op.source.is_directory()) SHEEN_TRY(check_access(op.mdt, op.asker, op.source, kMayWrite));
  if (op.exchange() && op.target->is_directory())
    SHEEN_TRY(check_access(op.mdt, op.asker, *op.target, kMayWrite));
  return ok();
}

Status change_entries(Rename& op) {
  EntryTable& entries = op.mdt.store().entries;
  const Fid old_parent = op.from.directory.fid;
  const Fid new_parent = op.to.directory.fid;
  const uint8_t type = entry_type(op.source.mode);
  if (op.exchange()) {
    SHEEN_TRY(
        entries.replace(old_parent, *op.from.entry, op.target->fid, entry_type(op.target->mode)));
    return entries.replace(new_parent, *op.to.entry, op.source.fid, type);
  }
  SHEEN_TRY(entries.erase(old_parent, *op.from.entry));
  if (op.target) return entries.replace(new_parent, *op.to.entry, op.source.fid, type);
  return entries.insert(new_parent, op.new_name, op.source.fid, type);
}

Status change_inodes(Rename& op) {
  op.source.ctime = op.now;
  if (op.source.is_directory()) op.source.parent = op.to.directory.fid;
  SHEEN_TRY(op.mdt.store().inodes.update(op.source));
  if (!op.target) return ok();
  if (!op.exchange()) return drop_link(op.mdt, *op.target, op.now);
  op.target->ctime = op.now;
  if (op.target->is_directory()) op.target->parent = op.from.directory.fid;
  return op.mdt.store().inodes.update(*op.target);
}

// The ".." of a subdirectory counts as a link of its parent.
Status change_parents(Rename& op) {
  const uint32_t source_dots = op.source.is_directory() ? 1 : 0;
  const uint32_t target_dots = op.target && op.target->is_directory() ? 1 : 0;
  Inode& from = op.from.directory;
  // Of one directory there are two copies here; the first is the one that is written.
  Inode& to = op.one_directory() ? op.from.directory : op.to.directory;
  from.nlink -= source_dots;
  to.nlink += source_dots;
  to.nlink -= target_dots;
  if (op.exchange()) from.nlink += target_dots;
  SHEEN_TRY(update_directory(op.mdt, from, op.now));
  return op.one_directory() ? ok() : update_directory(op.mdt, to, op.now);
}

Status find_both(Rename& op, const wire::RenameRequest& req) {
  SHEEN_ASSIGN(op.from,
               find_place(op.mdt, op.asker, Fid{req.old_parent()}, wire::bytes(req.old_name())));
  SHEEN_ASSIGN(op.to, find_place(op.mdt, op.asker, Fid{req.new_parent()}, op.new_name));
  if (!op.from.entry) return Errc::kNotFound;
  SHEEN_ASSIGN(op.source, inode_of(op.mdt, *op.from.entry));
  if (op.to.entry) {
    if ((op.flags & RENAME_NOREPLACE) != 0) return Errc::kExists;
    SHEEN_ASSIGN(op.target, inode_of(op.mdt, *op.to.entry));
  } else if (op.exchange()) {
    return Errc::kNotFound;
  }
  return ok();
}

}  // namespace

Result<wire::RenameReplyT> rename(Mdt& mdt, const OpContext& ctx, const wire::RenameRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  constexpr uint32_t kKnown = RENAME_NOREPLACE | RENAME_EXCHANGE;
  if ((req.flags() & ~kKnown) != 0 || req.flags() == kKnown) return Errc::kInvalid;
  Rename op{mdt, asker, req.flags(), time_of(req.now(), ctx), wire::bytes(req.new_name()), {},
            {},  {},    {}};
  SHEEN_TRY(find_both(op, req));
  wire::RenameReplyT reply;
  reply.fid = op.source.fid.value;
  SHEEN_TRY(check_loop(op));
  // Two names of one file: nothing is to be done, says POSIX.
  if (op.target && op.target->fid == op.source.fid) return reply;
  SHEEN_TRY(check_may_delete(mdt, asker, op.from.directory, op.source));
  SHEEN_TRY(check_target(op));
  SHEEN_TRY(check_dotdot(op));

  SHEEN_TRY(change_entries(op));
  if (auto fault = SHEEN_FAULT("mds.rename.after_entries")) return fault->error();
  SHEEN_TRY(change_inodes(op));
  if (auto fault = SHEEN_FAULT("mds.rename.before_parents")) return fault->error();
  SHEEN_TRY(change_parents(op));
  if (op.target && !op.exchange()) reply.replaced = op.target->fid.value;
  return reply;
}

}  // namespace sheen::mds::ops
