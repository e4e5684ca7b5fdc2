// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqSocket: one ZeroMQ socket with its options, whole messages in and out, and the bookkeeping
// that makes its edge-triggered descriptor safe to sleep on. ZmqWaitSet: all sockets of one
// transport, and the sleep. Both belong to the transport's thread.
//
// ZMQ_FD becomes readable when commands for the socket arrive, and any call on the socket may take
// them in. So a socket may be slept on only if nothing was called on it since it last said, after
// looking at its commands, that there is nothing to read: it is then `armed`. While it is,
// receive() has nothing to say either: a look costs two system calls, and a server or client has
// dozens of sockets. wait() disarms what has news, so a loop that is busy calls it as well, without
// time-out.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <poll.h>

#include "lib/base/buffer.h"
#include "lib/base/result.h"
#include "lib/net/zmq_context.h"
#include "lib/net/zmq_frame.h"

namespace sheen::net {

class ZmqSocket;

class ZmqWaitSet {
 public:
  explicit ZmqWaitSet(std::shared_ptr<ZmqContext> context) : context_(std::move(context)) {}

  struct Result {
    bool messages = false;  // a socket may have something to read, or room again
    uint64_t fds = 0;       // a bit for each readable one of `fds`
  };
  Result wait(int64_t timeout_ns, std::span<const int> fds);
  void set_spin_ns(int64_t spin_ns) { spin_ns_ = spin_ns; }

  void add(ZmqSocket* socket);
  void remove(ZmqSocket* socket);
  ZmqContext& context() { return *context_; }

 private:
  bool sockets_pending(bool after_poll);

  // Sockets keep the set alive and the set the context, whatever order their owners go in.
  const std::shared_ptr<ZmqContext> context_;
  std::vector<ZmqSocket*> sockets_;
  std::vector<pollfd> polled_;  // those of sockets_, then the caller's
  int64_t spin_ns_ = 0;
};

class ZmqSocket {
 public:
  static Result<std::unique_ptr<ZmqSocket>> open(std::shared_ptr<ZmqWaitSet> set, int type);
  ~ZmqSocket();
  ZmqSocket(const ZmqSocket&) = delete;
  ZmqSocket& operator=(const ZmqSocket&) = delete;

  Status set_option(int option, const char* name, int value);
  Status set_option(int option, const char* name, int64_t value);

  // All frames or none. `peer` goes in front (ROUTER). kAgain: no room; kNotConnected: peer gone.
  Status send(const std::string* peer, std::span<const Buffer> frames);
  // The frames of one message, up to `frames_max`; what is beyond is thrown away, so a result above
  // `frames_max` means a message that must not be used. 0: nothing there, or, while armed, nothing
  // that wait() has seen.
  size_t receive(std::span<ZmqFrame> frames);

  // True if wait() must not sleep. Cheap while armed.
  bool pending();
  bool armed() const { return armed_; }
  void disarm() { armed_ = false; }
  void* handle() { return handle_; }
  int fd() const { return fd_; }

 private:
  ZmqSocket(std::shared_ptr<ZmqWaitSet> set, void* handle, int fd);
  Status send_frame(ZmqFrame& frame, bool more, bool first);

  const std::shared_ptr<ZmqWaitSet> set_;
  void* const handle_;
  const int fd_;
  bool armed_ = false;
  bool wants_room_ = false;  // a send found no room: becoming writable is news
  uint32_t skipped_ = 0;
};

// "tcp://10.0.0.1:1: Address already in use" for the last ZeroMQ call that failed.
Error zmq_error(const std::string& what);

}  // namespace sheen::net
