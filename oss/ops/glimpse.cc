// SPDX-License-Identifier: Apache-2.0
// Glimpse: the object's size, blocks and times as they are now.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::GlimpseReplyT> glimpse(ObjectIo& io, const wire::GlimpseRequest&) {
  if (auto fault = SHEEN_FAULT("oss.glimpse.before")) return fault->error();
  SHEEN_ASSIGN(const auto state, io.store.stat(io.object));
  io.counters.glimpses.add(1);
  wire::GlimpseReplyT reply;
  reply.attr = to_attr(state);
  return reply;
}

}  // namespace sheen::oss::ops
