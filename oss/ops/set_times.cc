// SPDX-License-Identifier: Apache-2.0
// SetTimes: the mtime of a file that is open for writing. An absent object stays absent.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::SetTimesReplyT> set_times(ObjectIo& io, const wire::SetTimesRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.set_times.before")) return fault->error();
  SHEEN_ASSIGN(const auto state, io.store.set_mtime(io.object, request.mtime()));
  if (auto fault = SHEEN_FAULT("oss.set_times.after")) return fault->error();
  io.counters.set_times.add(1);
  wire::SetTimesReplyT reply;
  reply.attr = to_attr(state);
  return reply;
}

}  // namespace sheen::oss::ops
