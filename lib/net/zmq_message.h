// SPDX-License-Identifier: Apache-2.0
#pragma once

// From received ZeroMQ frames to a message. Thread of the transport.

#include <span>
#include <vector>

#include "lib/net/zmq_frame.h"
#include "lib/wire/message.h"

namespace sheen::net {

// `count` frames were received, of which frames.size() at most are there. `scratch` is for reuse
// from call to call and empty afterwards.
wire::Unframed unframe(std::span<ZmqFrame> frames, size_t count, std::vector<Buffer>& scratch);

}  // namespace sheen::net
