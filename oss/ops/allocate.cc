// SPDX-License-Identifier: Apache-2.0
// Allocate: fallocate(2), the modes that keep offsets where they are.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::AllocateReplyT> allocate(ObjectIo& io, const wire::AllocateRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.allocate.before")) return fault->error();
  SHEEN_ASSIGN(const auto state,
               io.store.allocate(io.object, request.mode(), request.offset(), request.length()));
  if (auto fault = SHEEN_FAULT("oss.allocate.after")) return fault->error();
  io.counters.allocates.add(1);
  wire::AllocateReplyT reply;
  reply.attr = to_attr(state);
  return reply;
}

}  // namespace sheen::oss::ops
