// SPDX-License-Identifier: Apache-2.0
#pragma once

// A target as an import sees it: sessions, epochs, a reply cache of one reply per slot, and
// whatever misbehaviour a test asks for. Owned by a test, on the simulated network.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/wire/codec.h"
#include "tests/sim/sim_transport.h"

namespace sheen::rpc::test {

struct Seen {
  wire::Header header;
  bool bulk = false;
};

// What survives a restart of the server.
struct FakeStore {
  Epoch epoch = 0;
  std::set<Uuid> sessions;
  std::map<uint32_t, uint64_t> slots;  // slot -> xid of the stored reply
  std::map<uint64_t, int> executions;  // changes by xid
};

class FakeServer {
 public:
  FakeServer(sim::SimNetwork& network, const std::string& name, FakeStore& store,
             std::vector<net::Address> control, std::vector<net::Address> bulk = {})
      : transport_(network.endpoint(name, "host-of-" + name)), store_(store) {
    ++store_.epoch;
    recovering_ = store_.sessions;
    control_ = std::move(*transport_->listen(control));
    if (!bulk.empty()) bulk_ = std::move(*transport_->listen(bulk));
  }

  uint32_t slots = 4;
  uint32_t ping_interval_ms = 0;
  int lose_replies = 0;                  // of requests other than Connect
  std::set<wire::Opcode> parked;         // never answered
  std::map<wire::Opcode, Errc> refused;  // answered with this status
  Errc refuse_connect = Errc::kOk;
  Epoch reply_epoch = 0;  // 0: the real one
  std::vector<Seen> seen;

  bool step() {
    bool happened = false;
    for (net::Listener* listener : {control_.get(), bulk_.get()}) {
      if (listener == nullptr) continue;
      while (auto received = listener->receive()) {
        happened = true;
        seen.push_back({received->message.header, listener == bulk_.get()});
        handle(*listener, *received);
      }
    }
    return happened;
  }

  std::vector<Seen> seen_of(wire::Opcode opcode) const {
    std::vector<Seen> out;
    for (const Seen& one : seen)
      if (one.header.opcode == opcode) out.push_back(one);
    return out;
  }
  // It has heard Recovered, although it may not have answered.
  void take_all_for_recovered() { recovering_.clear(); }
  void notify(wire::Opcode opcode) {
    wire::Message message;
    message.header.opcode = opcode;
    message.header.flags = wire::kFlagNotice;
    message.header.epoch = store_.epoch;
    (void)control_->send(last_peer_, std::move(message));
  }

 private:
  void handle(net::Listener& listener, const net::Received& received) {
    const wire::Header& header = received.message.header;
    if (header.opcode == wire::Opcode::kConnect) return connect(listener, received);
    if (!connected_.contains(header.client)) return answer(listener, received, Errc::kNoSession);
    if (header.epoch != store_.epoch) return answer(listener, received, Errc::kWrongEpoch);
    if (header.opcode == wire::Opcode::kDisconnect) store_.sessions.erase(header.client);
    if (parked.contains(header.opcode)) return;
    if (refused.contains(header.opcode))
      return answer(listener, received, refused.at(header.opcode));
    if (header.slot != wire::kNoSlot) {
      uint64_t& stored = store_.slots[header.slot];
      if (header.xid < stored) return;
      if (header.xid > stored) ++store_.executions[header.xid];
      stored = header.xid;
    }
    if (lose_replies > 0) {
      --lose_replies;
      return;
    }
    answer(listener, received, Errc::kOk);
  }

  void connect(net::Listener& listener, const net::Received& received) {
    const Uuid client = received.message.header.client;
    last_peer_ = received.peer;
    if (refuse_connect != Errc::kOk) return answer(listener, received, refuse_connect);
    const bool known = !store_.sessions.insert(client).second;
    connected_.insert(client);
    wire::ConnectReplyT reply;
    reply.epoch = store_.epoch;
    reply.slots = slots;
    reply.session = 1;
    reply.new_session = !known;
    reply.recovering = known && recovering_.contains(client);
    reply.ping_interval_ms = ping_interval_ms;
    reply.boot_id = "boot";
    answer(listener, received, Errc::kOk, wire::encode(reply));
  }

  void answer(net::Listener& listener, const net::Received& received, Errc status,
              Buffer body = {}) {
    const wire::Header& request = received.message.header;
    if (request.opcode == wire::Opcode::kRecovered && status == Errc::kOk)
      recovering_.erase(request.client);
    wire::Message message;
    message.header.opcode = request.opcode;
    message.header.flags = wire::kFlagReply;
    message.header.status = status;
    message.header.epoch = reply_epoch != 0 ? reply_epoch : store_.epoch;
    message.header.xid = request.xid;
    message.header.slot = request.slot;
    message.body = std::move(body);
    (void)listener.send(received.peer, std::move(message));
  }

  std::unique_ptr<net::Transport> transport_;
  FakeStore& store_;
  std::set<Uuid> connected_;  // in this life
  std::set<Uuid> recovering_;
  std::unique_ptr<net::Listener> control_;
  std::unique_ptr<net::Listener> bulk_;
  net::PeerId last_peer_;
};

}  // namespace sheen::rpc::test
