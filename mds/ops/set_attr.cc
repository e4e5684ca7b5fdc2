// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.setattr.before_update.
#include <utility>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {
namespace {

using wire::SetAttrRequest;

bool has(const SetAttrRequest& req, uint32_t bits) { return (req.valid() & bits) == bits; }

bool handle_allows_write(Mdt& mdt, const OpContext& ctx, const SetAttrRequest& req) {
  if (req.handle() == 0) return false;
  const OpenFile* file = mdt.opens().find(ctx.session.client, req.handle());
  return file != nullptr && file->fid.value == req.fid() && opens_for_write(file->flags);
}

Status check_size(Mdt& mdt, const OpContext& ctx, const Asker& asker, const Inode& inode,
                  const SetAttrRequest& req) {
  if (inode.is_directory()) return Errc::kIsDirectory;
  if (!inode.is_regular()) return Errc::kInvalid;
  if (req.size() > kFileSizeMax) return Errc::kFileTooBig;
  if (req.handle() != 0 && mdt.opens().find(ctx.session.client, req.handle()) == nullptr)
    return Error(Errc::kIo, "the session that had the file open was lost");
  return handle_allows_write(mdt, ctx, req) ? ok() : check_access(mdt, asker, inode, kMayWrite);
}

Status check_times(Mdt& mdt, const Asker& asker, const Inode& inode, const SetAttrRequest& req) {
  const bool sets_atime = has(req, wire::kSetAtime) && !has(req, wire::kSetAtimeRelaxed);
  const bool sets_mtime = has(req, wire::kSetMtime);
  if ((!sets_atime && !sets_mtime) || asker.owns(inode)) return ok();
  const bool only_now = (!sets_atime || has(req, wire::kSetAtimeNow)) &&
                        (!sets_mtime || has(req, wire::kSetMtimeNow));
  if (!only_now) return Errc::kPermission;
  // A truncation by one who may write moves mtime as well.
  if (has(req, wire::kSetSize)) return ok();
  return check_access(mdt, asker, inode, kMayWrite);
}

// setattr_prepare() of Linux's fs/attr.c.
Status check_allowed(Mdt& mdt, const OpContext& ctx, const Asker& asker, const Inode& inode,
                     const SetAttrRequest& req) {
  if (has(req, wire::kSetSize)) SHEEN_TRY(check_size(mdt, ctx, asker, inode, req));
  const bool is_owner = asker.uid() == inode.uid;
  if (has(req, wire::kSetUid) && !asker.privileged() && !(is_owner && req.uid() == inode.uid))
    return Errc::kPermission;
  if (has(req, wire::kSetGid) && !asker.privileged() &&
      !(is_owner && (req.gid() == inode.gid || asker.caller().in_group(req.gid()))))
    return Errc::kPermission;
  if (has(req, wire::kSetMode)) {
    if (inode.is_symlink()) return Errc::kNotSupported;
    if (!asker.owns(inode)) return Errc::kPermission;
  }
  return check_times(mdt, asker, inode, req);
}

Status apply_owner(Mdt& mdt, const Asker& asker, Inode& inode, const SetAttrRequest& req) {
  if (!has(req, wire::kSetUid) && !has(req, wire::kSetGid)) return ok();
  if (!inode.is_directory()) {
    // Also by root: a program must not become another's with its privileges.
    clear_setid(inode);
    if (!asker.may_keep_setgid(inode.gid)) inode.mode &= ~static_cast<uint32_t>(S_ISGID);
    SHEEN_TRY(remove_capability(mdt, inode));
  }
  if (has(req, wire::kSetUid)) inode.uid = req.uid();
  if (has(req, wire::kSetGid)) inode.gid = req.gid();
  return ok();
}

Status apply_mode(Mdt& mdt, const OpContext& ctx, const Asker& asker, Inode& inode,
                  const SetAttrRequest& req) {
  if (!has(req, wire::kSetMode)) return ok();
  uint32_t mode = req.mode() & 07777;
  if (!asker.may_keep_setgid(inode.gid)) mode &= ~static_cast<uint32_t>(S_ISGID);
  const uint32_t before = std::exchange(inode.mode, (inode.mode & S_IFMT) | mode);
  drop_new_setid(mdt, ctx.session.client, inode, before);
  if (!inode.has_access_acl) return ok();
  XattrTable& xattrs = mdt.store().xattrs;
  SHEEN_ASSIGN(const std::optional<std::string> stored, xattrs.find(inode.fid, kAclAccessXattr));
  if (!stored) return ok();
  SHEEN_ASSIGN(const std::string changed, acl_chmod(*stored, mode));
  return xattrs.put(inode.fid, kAclAccessXattr, changed);
}

// True: the OSTs have something to truncate.
Result<bool> apply_size(Mdt& mdt, Inode& inode, const SetAttrRequest& req, RealtimeNs now) {
  if (!has(req, wire::kSetSize)) return false;
  SHEEN_TRY(remove_capability(mdt, inode));
  if (has(req, wire::kSetKillSuidgid)) clear_setid(inode);
  return note_truncate(inode, req.size(), now);
}

// True: the inode changed.
bool apply_times(Inode& inode, const SetAttrRequest& req, RealtimeNs now) {
  bool changed = false;
  if (has(req, wire::kSetAtime)) {
    const RealtimeNs atime = has(req, wire::kSetAtimeNow) ? now : req.atime();
    if (!has(req, wire::kSetAtimeRelaxed)) {
      inode.atime = atime;
      changed = true;
    } else if (relatime_due(inode, atime) || !inode.size_valid) {
      // While a writer has the file open, only its reader knows mtime.
      inode.atime = atime;
    }
  }
  if (has(req, wire::kSetMtime)) {
    inode.mtime = has(req, wire::kSetMtimeNow) ? now : req.mtime();
    // What writers report about the time before is void.
    ++inode.size_version;
    changed = true;
  }
  return changed;
}

}  // namespace

Result<wire::SetAttrReplyT> set_attr(Mdt& mdt, const OpContext& ctx, const SetAttrRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_TRY(check_allowed(mdt, ctx, asker, inode, req));

  const RealtimeNs now = time_of(req.now(), ctx);
  const bool kills = !inode.is_directory() && has(req, wire::kSetKillSuidgid) && clear_setid(inode);
  SHEEN_TRY(apply_owner(mdt, asker, inode, req));
  SHEEN_TRY(apply_mode(mdt, ctx, asker, inode, req));
  SHEEN_ASSIGN(const bool truncates, apply_size(mdt, inode, req, now));
  const bool times = apply_times(inode, req, now);
  // As Linux's chown(-1, -1): to change nothing is a change.
  const bool changes_nothing = (req.valid() & ~wire::kSetKillSuidgid) == 0;
  if (times || kills || changes_nothing ||
      (req.valid() & (wire::kSetMode | wire::kSetUid | wire::kSetGid)) != 0)
    inode.ctime = now;
  if (auto fault = SHEEN_FAULT("mds.setattr.before_update")) return fault->error();
  SHEEN_TRY(mdt.store().inodes.update(inode));

  wire::SetAttrReplyT reply;
  reply.attr = attr_of(inode);
  if (truncates) {
    SHEEN_ASSIGN(reply.layout, layout_of(inode));
  }
  return reply;
}

}  // namespace sheen::mds::ops
