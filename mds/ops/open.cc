// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/opening.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

Result<wire::OpenReplyT> open(Mdt& mdt, const OpContext& ctx, const wire::OpenRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  if (req.handle() == 0) return Error(Errc::kBadRequest, "open without a handle");
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_TRY(open_inode(mdt, asker, inode, req.flags(), time_of(req.now(), ctx)));
  wire::OpenReplyT reply;
  reply.attr = attr_of(inode);
  SHEEN_ASSIGN(reply.layout, layout_of(inode));
  reply.handle = req.handle();
  mdt.opens().add(ctx.session.client, req.handle(), {inode.fid, req.flags()});
  return reply;
}

void reconstruct_open(Mdt& mdt, const OpContext& ctx, const wire::OpenRequest& req,
                      const wire::OpenReply&) {
  mdt.opens().add(ctx.session.client, req.handle(), {Fid{req.fid()}, req.flags()});
}

}  // namespace sheen::mds::ops
