// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_message.h"

namespace sheen::net {

wire::Unframed unframe(std::span<ZmqFrame> frames, size_t count, std::vector<Buffer>& scratch) {
  wire::Unframed out;
  if (count == 0 || count > frames.size()) {
    out.status = Error(Errc::kBadRequest, "message with a wrong number of frames");
    return out;
  }
  // The header is decoded from where it lies; body and bulk outlive the frames.
  scratch.push_back(frames[0].borrow());
  for (size_t i = 1; i < count; ++i) scratch.push_back(frames[i].take());
  out = wire::from_frames(scratch);
  scratch.clear();
  return out;
}

}  // namespace sheen::net
