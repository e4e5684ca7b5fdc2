// SPDX-License-Identifier: Apache-2.0
// Write: all of the payload, straight from the message's memory, or an error.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::WriteReplyT> write(ObjectIo& io, const wire::WriteRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.write.before")) return fault->error();
  SHEEN_ASSIGN(const auto state,
               io.store.write(io.object, request.offset(), io.request_bulk.span()));
  if (auto fault = SHEEN_FAULT("oss.write.after")) return fault->error();
  if (request.sync()) {
    if (auto fault = SHEEN_FAULT("oss.sync.before")) return fault->error();
    SHEEN_TRY(io.store.sync(io.object));
  }
  io.counters.writes.add(1);
  io.counters.write_bytes.add(io.request_bulk.size());
  wire::WriteReplyT reply;
  reply.attr = to_attr(state);
  return reply;
}

}  // namespace sheen::oss::ops
