// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/file.h"
#include "mds/xattr_rules.h"

namespace sheen::mds::ops {

Result<wire::GetXattrReplyT> get_xattr(Mdt& mdt, const OpContext&,
                                       const wire::GetXattrRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  const std::string_view name = wire::bytes(req.name());
  SHEEN_TRY(check_xattr_name(name));
  SHEEN_ASSIGN(const Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  if (is_acl_xattr(name)) {
    if (inode.is_symlink()) return Errc::kNotSupported;
  } else {
    SHEEN_TRY(check_xattr_read(mdt, asker, inode, name));
  }
  SHEEN_ASSIGN(const std::optional<std::string> value, mdt.store().xattrs.find(inode.fid, name));
  if (!value) return Errc::kNoData;
  wire::GetXattrReplyT reply;
  reply.value = wire::to_bytes(*value);
  return reply;
}

}  // namespace sheen::mds::ops
