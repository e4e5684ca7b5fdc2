// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.setxattr.before_inode (the value is there, the inode is not told).
#include <sys/xattr.h>

#include <utility>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/mdt.h"
#include "mds/ops/file.h"
#include "mds/xattr_rules.h"

namespace sheen::mds::ops {
namespace {

Status store_acl(Mdt& mdt, Fid fid, std::string_view name, const std::string& value, bool& has) {
  has = !value.empty();
  if (!has) return mdt.store().xattrs.erase(fid, name);
  SHEEN_TRY(mdt.check_space());
  return mdt.store().xattrs.put(fid, name, value);
}

Status set_acl(Mdt& mdt, const OpContext& ctx, const Asker& asker, Inode& inode,
               const wire::SetXattrRequest& req) {
  SHEEN_TRY(check_acl_write(asker, inode));
  const std::string_view value = wire::bytes(req.value());
  if (wire::bytes(req.name()) == kAclDefaultXattr) {
    SHEEN_ASSIGN(const std::string stored, acl_set_default(value, inode.mode));
    return store_acl(mdt, inode.fid, kAclDefaultXattr, stored, inode.has_default_acl);
  }
  SHEEN_ASSIGN(const AccessAclChange change, acl_set_access(value, inode.mode));
  const uint32_t before = std::exchange(inode.mode, change.mode);
  if (!value.empty() && (req.clear_sgid() || !asker.may_keep_setgid(inode.gid)))
    inode.mode &= ~static_cast<uint32_t>(S_ISGID);
  drop_new_setid(mdt, ctx.session.client, inode, before);
  return store_acl(mdt, inode.fid, kAclAccessXattr, change.stored, inode.has_access_acl);
}

Status set_plain(Mdt& mdt, const OpContext& ctx, const Asker& asker, Inode& inode,
                 const wire::SetXattrRequest& req) {
  const std::string_view name = wire::bytes(req.name());
  XattrTable& xattrs = mdt.store().xattrs;
  SHEEN_TRY(check_xattr_write(mdt, asker, inode, name));
  if (name == kCapabilityXattr && written_by_others(mdt, ctx.session.client, inode))
    return Errc::kTextBusy;
  SHEEN_ASSIGN(const std::optional<std::string> old, xattrs.find(inode.fid, name));
  if (old && (req.flags() & XATTR_CREATE) != 0) return Errc::kExists;
  if (!old && (req.flags() & XATTR_REPLACE) != 0) return Errc::kNoData;
  SHEEN_TRY(mdt.check_space());
  if (!old) {
    // listxattr(2) could not return more.
    SHEEN_ASSIGN(const uint64_t listed, xattrs.list_bytes(inode.fid));
    if (listed + name.size() + 1 > kXattrListMax) return Errc::kNoSpace;
  }
  SHEEN_TRY(xattrs.put(inode.fid, name, wire::bytes(req.value())));
  if (name == kCapabilityXattr) inode.has_capability = true;
  return ok();
}

}  // namespace

Result<wire::XattrReplyT> set_xattr(Mdt& mdt, const OpContext& ctx,
                                    const wire::SetXattrRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  const std::string_view name = wire::bytes(req.name());
  if ((req.flags() & ~static_cast<uint32_t>(XATTR_CREATE | XATTR_REPLACE)) != 0)
    return Errc::kInvalid;
  SHEEN_TRY(check_xattr_name(name));
  if (wire::bytes(req.value()).size() > kXattrValueMax) return Errc::kTooBig;
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_TRY(is_acl_xattr(name) ? set_acl(mdt, ctx, asker, inode, req)
                               : set_plain(mdt, ctx, asker, inode, req));
  if (auto fault = SHEEN_FAULT("mds.setxattr.before_inode")) return fault->error();
  inode.ctime = time_of(req.now(), ctx);
  SHEEN_TRY(mdt.store().inodes.update(inode));
  wire::XattrReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
