// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Transport seam: messages between a client side (Link) and a server side (Listener).
// ZmqTransport (zmq_transport.h) is the real one; tests/sim has the simulated one.
//
// Nothing is guaranteed about delivery: a message may be lost, and after a new link, an old link's
// messages may still arrive. xid, resend, reply cache and epoch above this layer make up for it.
// A transport and everything made by it belong to one thread. Nothing here blocks.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/net/address.h"
#include "lib/wire/message.h"

namespace sheen::net {

// Names one connection at a listener. Meaningless after that connection is gone.
using PeerId = std::string;

enum class LinkState { kConnecting, kUp, kDown };

// The client's end of one connection. Once down it stays down: make a new one.
class Link {
 public:
  virtual ~Link() = default;
  // kAgain: the queue is full, send again later. kNotConnected: the link is down.
  virtual Status send(wire::Message message) = 0;
  // A well-formed message, or nothing. Malformed ones are dropped and counted.
  virtual std::optional<wire::Message> receive() = 0;
  virtual LinkState state() = 0;
};

struct Received {
  PeerId peer;
  wire::Message message;
  Status status;  // not ok: malformed, but answerable with this error
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Replies and notices. Queued per peer up to a bound; kAgain when that is full (the peer does not
  // read), kNotConnected when the peer is gone. Either way the message is dropped: the peer
  // resends.
  virtual Status send(const PeerId& peer, wire::Message message) = 0;
  virtual std::optional<Received> receive() = 0;
  // What was really bound, ports filled in.
  virtual const std::vector<Address>& addresses() const = 0;
  virtual uint64_t dropped() const = 0;  // unanswerable messages so far
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<std::unique_ptr<Link>> connect(const Address& address) = 0;
  // Fails if any address cannot be bound.
  virtual Result<std::unique_ptr<Listener>> listen(const std::vector<Address>& addresses) = 0;
  // Equal strings: ipc addresses of that host can be reached from here.
  virtual std::string host_id() const = 0;
};

}  // namespace sheen::net
