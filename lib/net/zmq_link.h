// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqLink: a DEALER with one connection, and a monitor that tells when it comes up and goes down.
// It never reconnects. Thread of the transport.

#include <array>
#include <memory>

#include "lib/net/transport.h"
#include "lib/net/zmq_options.h"
#include "lib/net/zmq_socket.h"
#include "lib/net/zmq_transport.h"

namespace sheen::net {

class ZmqLink final : public Link {
 public:
  static Result<std::unique_ptr<Link>> connect(const std::shared_ptr<ZmqWaitSet>& wait_set,
                                               const ZmqOptions& options, const Address& address,
                                               std::shared_ptr<uint64_t> dropped);
  ~ZmqLink() override;

  Status send(wire::Message message) override;
  std::optional<wire::Message> receive() override;
  LinkState state() override;

 private:
  ZmqLink(std::unique_ptr<ZmqSocket> dealer, std::unique_ptr<ZmqSocket> monitor,
          MonotonicNs connect_deadline, std::shared_ptr<uint64_t> dropped);
  void take_monitor_events(MonotonicNs now);

  std::unique_ptr<ZmqSocket> dealer_;
  std::unique_ptr<ZmqSocket> monitor_;
  LinkState state_ = LinkState::kConnecting;
  MonotonicNs next_monitor_look_ = 0;
  const MonotonicNs connect_deadline_;
  const std::shared_ptr<uint64_t> dropped_;
  std::array<ZmqFrame, kFramesMax> frames_;
  std::vector<Buffer> buffers_;  // kept for its memory only
};

}  // namespace sheen::net
