// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_socket.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <fmt/format.h>
#include <zmq.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"

namespace sheen::net {
namespace {

constexpr size_t kFdsMax = 64;  // bits of ZmqWaitSet::Result::fds

// Even a caller who never comes to wait() learns what there is.
constexpr uint32_t kSkipsMax = 64;

timespec to_timespec(int64_t ns) {
  return {static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
}

}  // namespace

Error zmq_error(const std::string& what) {
  const int error = zmq_errno();
  // ZeroMQ's own numbers lie above the system's and mean nothing to errno_error().
  if (error >= ZMQ_HAUSNUMERO) return {Errc::kIo, fmt::format("{}: {}", what, zmq_strerror(error))};
  return errno_error(error, what);
}

// ---------------------------------------------------------------------------------------------
// ZmqWaitSet

void ZmqWaitSet::add(ZmqSocket* socket) { sockets_.push_back(socket); }

void ZmqWaitSet::remove(ZmqSocket* socket) { std::erase(sockets_, socket); }

bool ZmqWaitSet::sockets_pending(bool after_poll) {
  bool pending = false;
  for (size_t i = 0; i < sockets_.size(); ++i) {
    if (after_poll && polled_[i].revents == 0) continue;
    if (after_poll) sockets_[i]->disarm();
    pending |= sockets_[i]->pending();
  }
  return pending;
}

ZmqWaitSet::Result ZmqWaitSet::wait(int64_t timeout_ns, std::span<const int> fds) {
  SHEEN_ASSERT(fds.size() <= kFdsMax);
  Result result;
  result.messages = sockets_pending(false);

  polled_.clear();
  for (ZmqSocket* socket : sockets_) polled_.push_back({socket->fd(), POLLIN, 0});
  for (const int fd : fds) polled_.push_back({fd, POLLIN, 0});

  const SystemClock clock;
  const MonotonicNs start = clock.monotonic();
  const int64_t spin_ns = std::min(spin_ns_, timeout_ns);
  MonotonicNs now = start;
  while (true) {
    const int64_t elapsed = now - start;
    // Something there already, or spinning: look, but do not sleep.
    const bool look_only = result.messages || elapsed < spin_ns;
    const timespec timeout =
        to_timespec(look_only ? 0 : std::max<int64_t>(timeout_ns - elapsed, 0));
    const int ready = ppoll(polled_.data(), polled_.size(), &timeout, nullptr);
    // EINTR: whoever sent the signal wants the caller's loop to turn.
    if (ready < 0) return result;
    if (ready > 0) {
      for (size_t i = 0; i < fds.size(); ++i)
        if (polled_[sockets_.size() + i].revents != 0) result.fds |= uint64_t{1} << i;
      if (sockets_pending(true)) result.messages = true;
    }
    if (result.messages || result.fds != 0) return result;
    now = clock.monotonic();
    if (now - start >= timeout_ns) return result;
  }
}

// ---------------------------------------------------------------------------------------------
// ZmqSocket

Result<std::unique_ptr<ZmqSocket>> ZmqSocket::open(std::shared_ptr<ZmqWaitSet> set, int type) {
  if (set->context().handle() == nullptr) return Error(Errc::kIo, "ZeroMQ could not be started");
  void* handle = zmq_socket(set->context().handle(), type);
  if (handle == nullptr) return zmq_error("socket");
  int fd = -1;
  size_t size = sizeof fd;
  if (zmq_getsockopt(handle, ZMQ_FD, &fd, &size) != 0) {
    Error error = zmq_error("ZMQ_FD");
    zmq_close(handle);
    return error;
  }
  return std::unique_ptr<ZmqSocket>(new ZmqSocket(std::move(set), handle, fd));
}

ZmqSocket::ZmqSocket(std::shared_ptr<ZmqWaitSet> set, void* handle, int fd)
    : set_(std::move(set)), handle_(handle), fd_(fd) {
  set_->add(this);
}

ZmqSocket::~ZmqSocket() {
  set_->remove(this);
  zmq_close(handle_);
}

Status ZmqSocket::set_option(int option, const char* name, int value) {
  if (zmq_setsockopt(handle_, option, &value, sizeof value) != 0) return zmq_error(name);
  return ok();
}

Status ZmqSocket::set_option(int option, const char* name, int64_t value) {
  if (zmq_setsockopt(handle_, option, &value, sizeof value) != 0) return zmq_error(name);
  return ok();
}

Status ZmqSocket::send_frame(ZmqFrame& frame, bool more, bool first) {
  const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  if (zmq_msg_send(frame.get(), handle_, flags) >= 0) return ok();
  if (first && zmq_errno() == EAGAIN) {
    // A send looks at new commands only once in a while; room or a connection may have come since.
    int events = 0;
    size_t size = sizeof events;
    zmq_getsockopt(handle_, ZMQ_EVENTS, &events, &size);
    if (zmq_msg_send(frame.get(), handle_, flags) >= 0) return ok();
  }
  if (first && zmq_errno() == EAGAIN) {
    wants_room_ = true;
    return Error(Errc::kAgain, "send queue is full");
  }
  // Later frames find room if the first did, so the connection broke in between.
  return Error(Errc::kNotConnected, zmq_strerror(zmq_errno()));
}

Status ZmqSocket::send(const std::string* peer, std::span<const Buffer> frames) {
  armed_ = false;
  bool first = true;
  if (peer != nullptr) {
    ZmqFrame frame;
    if (!frame.assign(peer->data(), peer->size())) return Error(Errc::kNoMemory, "send");
    SHEEN_TRY(send_frame(frame, true, true));
    first = false;
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    ZmqFrame frame;
    // Half a message must not stay in the socket; an empty frame makes it a malformed one.
    if (!frame.assign(frames[i])) frame.assign(nullptr, 0);
    SHEEN_TRY(send_frame(frame, i + 1 < frames.size(), first));
    first = false;
  }
  return ok();
}

size_t ZmqSocket::receive(std::span<ZmqFrame> frames) {
  if (armed_ && ++skipped_ < kSkipsMax) return 0;
  skipped_ = 0;
  if (zmq_msg_recv(frames[0].get(), handle_, ZMQ_DONTWAIT) < 0) {
    // EAGAIN comes only after all commands were looked at.
    armed_ = zmq_errno() == EAGAIN && !wants_room_;
    return 0;
  }
  armed_ = false;
  size_t count = 1;
  ZmqFrame excess;
  ZmqFrame* last = &frames[0];
  // ZeroMQ delivers all frames or none, so the rest is there.
  while (last->more()) {
    last = count < frames.size() ? &frames[count] : &excess;
    if (zmq_msg_recv(last->get(), handle_, ZMQ_DONTWAIT) < 0) return frames.size() + 1;
    ++count;
  }
  return count;
}

bool ZmqSocket::pending() {
  if (armed_) return false;
  int events = 0;
  size_t size = sizeof events;
  if (zmq_getsockopt(handle_, ZMQ_EVENTS, &events, &size) != 0) return false;
  const bool room = wants_room_ && (events & ZMQ_POLLOUT) != 0;
  if (room) wants_room_ = false;
  if ((events & ZMQ_POLLIN) != 0 || room) return true;
  armed_ = true;
  return false;
}

}  // namespace sheen::net
