// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/mdt.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::ReadlinkReplyT> readlink(Mdt& mdt, const OpContext& ctx,
                                      const wire::ReadlinkRequest& req) {
  SHEEN_ASSIGN(const Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  if (!inode.is_symlink()) return Errc::kInvalid;
  const RealtimeNs now = time_of(req.now(), ctx);
  if (!req.no_atime() && relatime_due(inode, now)) mdt.store().inodes.touch_atime(inode.fid, now);
  wire::ReadlinkReplyT reply;
  reply.target = wire::to_bytes(inode.content);
  return reply;
}

}  // namespace sheen::mds::ops
