// SPDX-License-Identifier: Apache-2.0
// Truncate: sets an object's size. To 0 it is removed, so that an empty file has no objects.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::TruncateReplyT> truncate(ObjectIo& io, const wire::TruncateRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.truncate.before")) return fault->error();
  SHEEN_ASSIGN(const auto state, io.store.truncate(io.object, request.size()));
  if (auto fault = SHEEN_FAULT("oss.truncate.after")) return fault->error();
  io.counters.truncates.add(1);
  wire::TruncateReplyT reply;
  reply.attr = to_attr(state);
  return reply;
}

}  // namespace sheen::oss::ops
