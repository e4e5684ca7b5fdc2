// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqTransport: the Transport over ZeroMQ. One per thread that talks to the network; it, and the
// links and listeners it makes, belong to that thread. They may be destroyed in any order.
//
// A message whose header has kFlagBulkCrc set when it is sent gets a checksum over its bulk
// payload.
//
// Addresses: "tcp://host:port" (listening: an IP address, an interface or "*"; port "*" takes a
// free one; "[...]" for IPv6) and "ipc://@name", an abstract unix socket. Unix sockets with a path
// are refused when listening, because ZeroMQ takes such a path away from whoever has it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/net/transport.h"
#include "lib/net/zmq_context.h"

namespace sheen::net {

class ZmqWaitSet;

// Queue lengths count messages, and a message may be a MiB and more.
struct ZmqOptions {
  // What a link holds back for a server that does not read; then send() says kAgain.
  int link_send_queue = 64;
  // Replies not read yet. As long as what a client may have asked for: if the client stops reading
  // for a moment, its replies should pile up here and not at the server, which would drop them.
  int link_receive_queue = 1024;
  // Replies for one peer that does not read; then they are dropped.
  int listener_send_queue = 512;
  // Requests of one peer that the server has not come to yet; then that peer's stream stands still.
  int listener_receive_queue = 64;
  int64_t connect_timeout_ns = 2 * kSecond;
};

struct WaitResult {
  bool messages = false;  // a link or listener may have something to receive, or room to send again
  uint64_t fds = 0;
  bool readable(size_t index) const { return (fds >> index & 1) != 0; }  // fds[index]
  bool timed_out() const { return !messages && fds == 0; }
};

class ZmqTransport final : public Transport {
 public:
  explicit ZmqTransport(std::shared_ptr<ZmqContext> context, ZmqOptions options = {});
  ~ZmqTransport() override;

  Result<std::unique_ptr<Link>> connect(const Address& address) override;
  Result<std::unique_ptr<Listener>> listen(const std::vector<Address>& addresses) override;
  std::string host_id() const override;

  // Blocks until a link or listener of this transport may have something to receive, one of `fds`
  // (64 at most) is readable, the time is over, or a signal arrives. At once if something is there
  // already. The only call here that blocks.
  WaitResult wait(int64_t timeout_ns, std::span<const int> fds = {});
  // Look for this long before going to sleep: an idle processor takes some 25 us to wake up. Burns
  // a processor, so 0 unless there is one to spare.
  void set_spin_ns(int64_t spin_ns);
  // Malformed messages that links received.
  uint64_t dropped() const { return *dropped_; }

 private:
  const ZmqOptions options_;
  const std::shared_ptr<ZmqWaitSet> wait_set_;
  const std::shared_ptr<uint64_t> dropped_;  // links may outlive this
};

}  // namespace sheen::net
