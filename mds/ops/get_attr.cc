// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/mdt.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

// No credentials: stat(2) needs permission on the path only, which the lookups have checked.
Result<wire::GetAttrReplyT> get_attr(Mdt& mdt, const OpContext&, const wire::GetAttrRequest& req) {
  SHEEN_ASSIGN(const Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  wire::GetAttrReplyT reply;
  reply.attr = attr_of(inode);
  SHEEN_ASSIGN(reply.layout, layout_of(inode));
  return reply;
}

}  // namespace sheen::mds::ops
