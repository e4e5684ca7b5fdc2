// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqFrame: one zmq_msg_t, and the way between it and a Buffer without copying what is large.
// A value of the thread that uses it; the memory behind it may be let go by ZeroMQ's thread.

#include <zmq.h>

#include "lib/base/buffer.h"

namespace sheen::net {

class ZmqFrame {
 public:
  ZmqFrame() { zmq_msg_init(&message_); }
  ~ZmqFrame() { zmq_msg_close(&message_); }
  ZmqFrame(const ZmqFrame&) = delete;
  ZmqFrame& operator=(const ZmqFrame&) = delete;

  // To be sent: a small one is copied, a large one shares the Buffer's memory until ZeroMQ has
  // handed it to the kernel. False: out of memory.
  bool assign(const void* data, size_t size);
  bool assign(const Buffer& buffer);

  // Received: the bytes as they lie in ZeroMQ's memory, for as long as this frame is not reused.
  Buffer borrow() { return {nullptr, zmq_msg_data(&message_), zmq_msg_size(&message_)}; }
  // Received: the bytes for keeping, 8-byte aligned as FlatBuffers needs them. Leaves this empty.
  Buffer take();

  bool more() { return zmq_msg_more(&message_) != 0; }
  zmq_msg_t* get() { return &message_; }

 private:
  zmq_msg_t message_;
};

}  // namespace sheen::net
