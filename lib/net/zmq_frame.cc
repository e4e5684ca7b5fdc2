// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_frame.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace sheen::net {
namespace {

// Below this, copying is cheaper than the two allocations that sharing takes.
constexpr size_t kSendCopyMax = 2048;
// Small received frames lie in ZeroMQ's 8 KiB receive buffer and pin all of it.
constexpr size_t kReceiveCopyMax = 1024;
constexpr size_t kAlignment = 8;

// Runs on ZeroMQ's thread, or on ours if the message is dropped.
void release(void*, void* owner) { delete static_cast<std::shared_ptr<void>*>(owner); }

}  // namespace

bool ZmqFrame::assign(const void* data, size_t size) {
  zmq_msg_close(&message_);
  if (zmq_msg_init_size(&message_, size) != 0) {
    zmq_msg_init(&message_);
    return false;
  }
  if (size != 0) std::memcpy(zmq_msg_data(&message_), data, size);
  return true;
}

bool ZmqFrame::assign(const Buffer& buffer) {
  if (buffer.size() <= kSendCopyMax || !buffer.owner()) return assign(buffer.data(), buffer.size());
  auto* owner = new std::shared_ptr<void>(buffer.owner());
  zmq_msg_close(&message_);
  if (zmq_msg_init_data(&message_, const_cast<uint8_t*>(buffer.data()), buffer.size(), release,
                        owner) != 0) {
    delete owner;
    zmq_msg_init(&message_);
    return false;
  }
  return true;
}

Buffer ZmqFrame::take() {
  const size_t size = zmq_msg_size(&message_);
  const void* data = zmq_msg_data(&message_);
  if (size <= kReceiveCopyMax || reinterpret_cast<uintptr_t>(data) % kAlignment != 0) {
    Buffer copy = Buffer::copy_of(data, size);
    zmq_msg_close(&message_);
    zmq_msg_init(&message_);
    return copy;
  }
  auto owner = std::make_shared<ZmqFrame>();
  zmq_msg_move(owner->get(), &message_);
  return {owner, zmq_msg_data(owner->get()), size};
}

}  // namespace sheen::net
