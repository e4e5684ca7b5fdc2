// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/locks.h"

namespace sheen::mds::ops {

Result<wire::CancelLockReplyT> cancel_lock(Mdt& mdt, const target::OpContext& ctx,
                                           const wire::CancelLockRequest& req) {
  wire::CancelLockReplyT reply;
  reply.cancelled = mdt.file_locks().cancel(ctx.session, req.xid());
  return reply;
}

}  // namespace sheen::mds::ops
