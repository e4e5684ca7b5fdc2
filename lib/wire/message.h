// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message: header, FlatBuffers body, bulk payload; and its form as frames. The two functions here
// are the only way between bytes and messages, for the real transport and the simulated one alike.

#include <vector>

#include "lib/base/buffer.h"
#include "lib/wire/header.h"

namespace sheen::wire {

struct Message {
  Header header;
  Buffer body;
  Buffer bulk;
};

// Fills in lengths and checksums. Two frames, or three with a bulk payload.
std::vector<Buffer> to_frames(Message& message, bool bulk_crc);

// kBadRequest with `out.header` unset: drop and count. An error with a header whose xid is set
// (kBadVersion; kBadRequest for a body that is damaged, of a wrong length or oversize): the sender
// can be answered. `answerable` tells which.
struct Unframed {
  Message message;
  Status status;
  bool answerable = false;
};
Unframed from_frames(const std::vector<Buffer>& frames);

}  // namespace sheen::wire
