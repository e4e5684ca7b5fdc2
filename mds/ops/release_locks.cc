// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/locks.h"

namespace sheen::mds::ops {

Result<wire::ReleaseLocksReplyT> release_locks(Mdt& mdt, const target::OpContext& ctx,
                                               const wire::ReleaseLocksRequest& req) {
  mdt.file_locks().release_owner(ctx.session.client, Fid{req.fid()}, req.owner(), req.flock());
  return wire::ReleaseLocksReplyT{};
}

}  // namespace sheen::mds::ops
