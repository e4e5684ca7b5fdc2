// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/file.h"
#include "mds/xattr_rules.h"

namespace sheen::mds::ops {

Result<wire::ListXattrReplyT> list_xattr(Mdt& mdt, const OpContext&,
                                         const wire::ListXattrRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(const Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_ASSIGN(const std::string names, mdt.store().xattrs.list(inode.fid));
  wire::ListXattrReplyT reply;
  reply.names = wire::to_bytes(visible_names(asker, names));
  return reply;
}

}  // namespace sheen::mds::ops
