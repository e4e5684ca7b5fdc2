// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqListener: a ROUTER bound to all addresses of a server. Thread of the transport.

#include <array>
#include <memory>
#include <vector>

#include "lib/net/transport.h"
#include "lib/net/zmq_options.h"
#include "lib/net/zmq_socket.h"
#include "lib/net/zmq_transport.h"

namespace sheen::net {

class ZmqListener final : public Listener {
 public:
  static Result<std::unique_ptr<Listener>> listen(const std::shared_ptr<ZmqWaitSet>& wait_set,
                                                  const ZmqOptions& options,
                                                  const std::vector<Address>& addresses);

  Status send(const PeerId& peer, wire::Message message) override;
  std::optional<Received> receive() override;
  const std::vector<Address>& addresses() const override { return addresses_; }
  uint64_t dropped() const override { return dropped_; }

 private:
  explicit ZmqListener(std::unique_ptr<ZmqSocket> router) : router_(std::move(router)) {}
  Status bind(const Address& address);

  std::unique_ptr<ZmqSocket> router_;
  std::vector<Address> addresses_;
  uint64_t dropped_ = 0;
  std::array<ZmqFrame, 1 + kFramesMax> frames_;  // the peer's id in front
  std::vector<Buffer> buffers_;                  // kept for its memory only
};

}  // namespace sheen::net
