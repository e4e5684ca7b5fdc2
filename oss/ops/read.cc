// SPDX-License-Identifier: Apache-2.0
// Read: bytes of an object, short at its end; an absent object is an empty one.
#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::ReadReplyT> read(ObjectIo& io, const wire::ReadRequest& request) {
  if (auto fault = SHEEN_FAULT("oss.read.before")) return fault->error();
  if (request.length() > kBulkMax) return Error(Errc::kBadRequest, "read of more than one payload");
  Buffer bytes = io.buffers.take(request.length());
  SHEEN_ASSIGN(const auto got,
               io.store.read(io.object, request.offset(), {bytes.mutable_data(), bytes.size()}));
  if (auto fault = SHEEN_FAULT("oss.read.after")) return fault->error();
  io.counters.reads.add(1);
  io.counters.read_bytes.add(got.length);
  // Without bytes the memory goes back at once instead of with the reply.
  if (got.length != 0) io.reply_bulk = bytes.slice(0, got.length);
  wire::ReadReplyT reply;
  reply.length = static_cast<uint32_t>(got.length);
  reply.attr = to_attr(got.state);
  return reply;
}

}  // namespace sheen::oss::ops
