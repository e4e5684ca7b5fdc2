// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/mdt.h"
#include "mds/ops/file.h"
#include "mds/xattr_rules.h"

namespace sheen::mds::ops {
namespace {

// Removing an ACL that is not there succeeds.
Status remove_acl(Mdt& mdt, const Asker& asker, Inode& inode, std::string_view name) {
  SHEEN_TRY(check_acl_write(asker, inode));
  (name == kAclAccessXattr ? inode.has_access_acl : inode.has_default_acl) = false;
  return mdt.store().xattrs.erase(inode.fid, name);
}

Status remove_plain(Mdt& mdt, const Asker& asker, Inode& inode, std::string_view name) {
  XattrTable& xattrs = mdt.store().xattrs;
  SHEEN_TRY(check_xattr_write(mdt, asker, inode, name));
  SHEEN_ASSIGN(const std::optional<std::string> old, xattrs.find(inode.fid, name));
  if (!old) return Errc::kNoData;
  if (name == kCapabilityXattr) inode.has_capability = false;
  return xattrs.erase(inode.fid, name);
}

}  // namespace

Result<wire::XattrReplyT> remove_xattr(Mdt& mdt, const OpContext& ctx,
                                       const wire::RemoveXattrRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  const std::string_view name = wire::bytes(req.name());
  SHEEN_TRY(check_xattr_name(name));
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_TRY(is_acl_xattr(name) ? remove_acl(mdt, asker, inode, name)
                               : remove_plain(mdt, asker, inode, name));
  inode.ctime = time_of(req.now(), ctx);
  SHEEN_TRY(mdt.store().inodes.update(inode));
  wire::XattrReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
