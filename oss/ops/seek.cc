// SPDX-License-Identifier: Apache-2.0
// Seek: lseek(2) with SEEK_DATA or SEEK_HOLE within one object. `found` is false where lseek says
// ENXIO: at or behind the end, and for data also if only a hole follows. An absent object is empty.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::SeekReplyT> seek(ObjectIo& io, const wire::SeekRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.seek.before")) return fault->error();
  SHEEN_ASSIGN(const auto found, io.store.seek(io.object, request.offset(), request.data()));
  io.counters.seeks.add(1);
  wire::SeekReplyT reply;
  reply.found = found.has_value();
  reply.offset = found.value_or(0);
  return reply;
}

}  // namespace sheen::oss::ops
