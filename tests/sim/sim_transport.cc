// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_transport.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "lib/base/assert.h"

namespace sheen::sim {
namespace {
// As the real transport's queues: more unread messages than this are refused.
constexpr size_t kLinkQueueMax = 128;
constexpr size_t kListenerQueueMax = 1024;
}  // namespace

struct SimNetwork::Process {
  std::string name;
  std::string host_id;
  bool alive = true;
};

// What a listener has, apart from the object that its owner holds.
struct SimNetwork::Bound {
  std::shared_ptr<Process> process;
  bool open = true;
  std::vector<net::Address> addresses;
  std::vector<std::string> keys;
  std::deque<std::pair<std::shared_ptr<Connection>, Frames>> inbox;
  std::map<net::PeerId, std::shared_ptr<Connection>> peers;
  uint64_t dropped = 0;
};

struct SimNetwork::Connection {
  std::shared_ptr<Process> client;
  std::shared_ptr<Bound> server;  // null until connected
  net::PeerId peer;
  net::LinkState state = net::LinkState::kConnecting;  // as the client sees it
  bool server_end_up = false;
  bool client_end_open = true;
  std::deque<Frames> inbox;  // of the client
  size_t to_client = 0;      // under way or unread
  size_t to_server = 0;
  MonotonicNs last_to_client = 0;  // arrival of the latest message, to keep the order
  MonotonicNs last_to_server = 0;
};

// ---------------------------------------------------------------------------------------------
// Link, Listener, Transport

class SimLink final : public net::Link {
 public:
  SimLink(SimNetwork& network, std::shared_ptr<SimNetwork::Connection> connection)
      : network_(network), connection_(std::move(connection)) {}
  ~SimLink() override {
    connection_->client_end_open = false;
    connection_->state = net::LinkState::kDown;
    network_.hang_up(connection_, true, network_.delay());
  }
  Status send(wire::Message message) override {
    switch (connection_->state) {
      case net::LinkState::kConnecting: return Errc::kAgain;
      case net::LinkState::kDown: return Error(Errc::kNotConnected, "link is down");
      case net::LinkState::kUp: break;
    }
    const bool bulk_crc = (message.header.flags & wire::kFlagBulkCrc) != 0;
    return network_.transmit(connection_, true, wire::to_frames(message, bulk_crc));
  }
  std::optional<wire::Message> receive() override {
    while (!connection_->inbox.empty()) {
      wire::Unframed unframed = wire::from_frames(connection_->inbox.front());
      connection_->inbox.pop_front();
      --connection_->to_client;
      if (unframed.status) return std::move(unframed.message);
    }
    return std::nullopt;
  }
  net::LinkState state() override { return connection_->state; }

 private:
  SimNetwork& network_;
  const std::shared_ptr<SimNetwork::Connection> connection_;
};

class SimListener final : public net::Listener {
 public:
  SimListener(SimNetwork& network, std::shared_ptr<SimNetwork::Bound> bound)
      : network_(network), bound_(std::move(bound)) {}
  ~SimListener() override {
    bound_->open = false;
    for (const std::string& key : bound_->keys) network_.bound_.erase(key);
    for (const auto& [peer, connection] : bound_->peers)
      network_.hang_up(connection, false, network_.delay());
    bound_->peers.clear();
    bound_->inbox.clear();
  }
  Status send(const net::PeerId& peer, wire::Message message) override {
    const auto found = bound_->peers.find(peer);
    if (!bound_->process->alive || found == bound_->peers.end())
      return Error(Errc::kNotConnected, "the peer is gone");
    const bool bulk_crc = (message.header.flags & wire::kFlagBulkCrc) != 0;
    return network_.transmit(found->second, false, wire::to_frames(message, bulk_crc));
  }
  std::optional<net::Received> receive() override {
    while (bound_->process->alive && !bound_->inbox.empty()) {
      auto [connection, frames] = std::move(bound_->inbox.front());
      bound_->inbox.pop_front();
      --connection->to_server;
      wire::Unframed unframed = wire::from_frames(frames);
      if (unframed.status || unframed.answerable)
        return net::Received{connection->peer, std::move(unframed.message),
                             std::move(unframed.status)};
      ++bound_->dropped;
    }
    return std::nullopt;
  }
  const std::vector<net::Address>& addresses() const override { return bound_->addresses; }
  uint64_t dropped() const override { return bound_->dropped; }

 private:
  SimNetwork& network_;
  const std::shared_ptr<SimNetwork::Bound> bound_;
};

class SimTransport final : public net::Transport {
 public:
  SimTransport(SimNetwork& network, std::shared_ptr<SimNetwork::Process> process)
      : network_(network), process_(std::move(process)) {}
  Result<std::unique_ptr<net::Link>> connect(const net::Address& address) override {
    return std::unique_ptr<net::Link>(
        std::make_unique<SimLink>(network_, network_.connect(process_, address)));
  }
  Result<std::unique_ptr<net::Listener>> listen(
      const std::vector<net::Address>& addresses) override {
    if (!process_->alive) return Error(Errc::kShuttingDown, "the process was killed");
    auto bound = std::make_shared<SimNetwork::Bound>();
    bound->process = process_;
    auto listener = std::make_unique<SimListener>(network_, bound);
    for (const net::Address& address : addresses) {
      SHEEN_ASSIGN(net::Address real, network_.bind(bound, address));
      bound->addresses.push_back(std::move(real));
    }
    return std::unique_ptr<net::Listener>(std::move(listener));
  }
  std::string host_id() const override { return process_->host_id; }

 private:
  SimNetwork& network_;
  const std::shared_ptr<SimNetwork::Process> process_;
};

// ---------------------------------------------------------------------------------------------
// SimNetwork

SimNetwork::SimNetwork(SimClock& clock, uint64_t seed) : clock_(clock), random_(seed) {}
SimNetwork::~SimNetwork() = default;

std::unique_ptr<net::Transport> SimNetwork::endpoint(const std::string& name,
                                                     const std::string& host_id) {
  auto [place, fresh] = processes_.try_emplace(name);
  SHEEN_ASSERT(fresh);
  place->second = std::make_shared<Process>(Process{name, host_id});
  return std::make_unique<SimTransport>(*this, place->second);
}

void SimNetwork::kill(const std::string& name) {
  const auto found = processes_.find(name);
  if (found == processes_.end()) return;
  const std::shared_ptr<Process> process = std::move(found->second);
  processes_.erase(found);
  process->alive = false;
  std::erase_if(bound_, [&](const auto& entry) {
    const auto bound = entry.second.lock();
    return !bound || bound->process == process;
  });
  for (const auto& weak : connections_) {
    const std::shared_ptr<Connection> connection = weak.lock();
    if (!connection) continue;
    const bool is_client = connection->client == process;
    const bool is_server = connection->server && connection->server->process == process;
    if (!is_client && !is_server) continue;
    const int64_t notice =
        faults_.death_notice_max_ns == 0
            ? 0
            : static_cast<int64_t>(random_.below(faults_.death_notice_max_ns + 1));
    if (is_client) connection->state = net::LinkState::kDown;
    hang_up(connection, is_client, notice);
  }
}

void SimNetwork::block(const std::string& from, const std::string& to, bool blocked) {
  if (!blocked) {
    blocked_.erase({from, to});
    return;
  }
  blocked_.insert({from, to});
  for (const auto& weak : connections_) {
    const std::shared_ptr<Connection> connection = weak.lock();
    if (connection && connection->server_end_up)
      at(clock_.monotonic() + faults_.partition_notice_ns,
         [this, connection] { check_partition(connection); });
  }
}

bool SimNetwork::blocked(const Process& from, const Process& to) const {
  return blocked_.contains({from.name, to.name});
}

void SimNetwork::check_partition(const std::shared_ptr<Connection>& connection) {
  if (!connection->server_end_up) return;
  const Process& client = *connection->client;
  const Process& server = *connection->server->process;
  // A heartbeat needs both ways.
  if (!blocked(client, server) && !blocked(server, client)) return;
  connection->state = net::LinkState::kDown;
  hang_up(connection, true, 0);
}

MonotonicNs SimNetwork::next_event_time() const {
  return events_.empty() ? kNever : events_.begin()->first.first;
}

void SimNetwork::advance_to(MonotonicNs time) {
  while (!events_.empty() && events_.begin()->first.first <= time) {
    auto event = events_.extract(events_.begin());
    clock_.advance_to(std::max(clock_.monotonic(), event.key().first));
    event.mapped()();
  }
  clock_.advance_to(std::max(clock_.monotonic(), time));
}

void SimNetwork::at(MonotonicNs time, UniqueFunction<void()> event) {
  events_.emplace(std::pair(time, next_event_++), std::move(event));
}

int64_t SimNetwork::delay() {
  const int64_t width = faults_.delay_max_ns - faults_.delay_min_ns;
  return faults_.delay_min_ns + static_cast<int64_t>(random_.below(width + 1));
}

// Unix sockets are reachable on their host only; everything else from everywhere.
std::string SimNetwork::key_of(const Process& process, const net::Address& address) {
  return address.starts_with("ipc://") ? process.host_id + " " + address : address;
}

Result<net::Address> SimNetwork::bind(const std::shared_ptr<Bound>& bound,
                                      const net::Address& address) {
  net::Address real = address;
  if (real.ends_with(":*"))
    real = fmt::format("{}{}", real.substr(0, real.size() - 1), next_port_++);
  std::string key = key_of(*bound->process, real);
  if (!bound_.try_emplace(key, bound).second) return Error(Errc::kBusy, real);
  bound->keys.push_back(std::move(key));
  return real;
}

std::shared_ptr<SimNetwork::Connection> SimNetwork::connect(const std::shared_ptr<Process>& client,
                                                            const net::Address& address) {
  auto connection = std::make_shared<Connection>();
  connection->client = client;
  std::erase_if(connections_, [](const auto& other) { return other.expired(); });
  connections_.push_back(connection);
  at(clock_.monotonic() + delay(),
     [this, connection, key = key_of(*client, address)] { complete_connect(connection, key); });
  return connection;
}

void SimNetwork::complete_connect(const std::shared_ptr<Connection>& connection,
                                  const std::string& key) {
  if (!connection->client_end_open || !connection->client->alive) return;
  const auto found = bound_.find(key);
  const std::shared_ptr<Bound> bound = found == bound_.end() ? nullptr : found->second.lock();
  if (!bound) {
    connection->state = net::LinkState::kDown;
    return;
  }
  const Process& server = *bound->process;
  if (blocked(*connection->client, server) || blocked(server, *connection->client)) {
    at(clock_.monotonic() + faults_.connect_timeout_ns,
       [connection] { connection->state = net::LinkState::kDown; });
    return;
  }
  connection->server = bound;
  connection->server_end_up = true;
  connection->peer = fmt::format("{}#{}", connection->client->name, next_peer_++);
  connection->state = net::LinkState::kUp;
  bound->peers.emplace(connection->peer, connection);
}

Status SimNetwork::transmit(const std::shared_ptr<Connection>& connection, bool to_server,
                            Frames frames) {
  size_t& under_way = to_server ? connection->to_server : connection->to_client;
  if (under_way >= (to_server ? kLinkQueueMax : kListenerQueueMax))
    return Error(Errc::kAgain, "queue is full");
  ++counters_.sent;
  const Process& client = *connection->client;
  const Process& server = *connection->server->process;
  const bool cut = to_server ? blocked(client, server) : blocked(server, client);
  if (chance(faults_.drop) || cut) {
    ++counters_.dropped;
    return ok();
  }
  const bool twice = chance(faults_.duplicate);
  if (twice) ++counters_.duplicated;
  for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
    MonotonicNs arrival = clock_.monotonic() + delay();
    if (chance(faults_.reorder)) {
      ++counters_.reordered;
      arrival += static_cast<int64_t>(random_.below(faults_.reorder_ns + 1));
    } else {
      MonotonicNs& last = to_server ? connection->last_to_server : connection->last_to_client;
      arrival = last = std::max(arrival, last);
    }
    ++under_way;
    at(arrival, [this, connection, to_server, frames]() mutable {
      deliver(connection, to_server, std::move(frames));
    });
  }
  return ok();
}

void SimNetwork::deliver(const std::shared_ptr<Connection>& connection, bool to_server,
                         Frames frames) {
  const bool open =
      to_server ? connection->server_end_up : connection->state == net::LinkState::kUp;
  if (!open) {
    ++counters_.dropped;
    --(to_server ? connection->to_server : connection->to_client);
    return;
  }
  ++counters_.delivered;
  if (to_server) {
    connection->server->inbox.emplace_back(connection, std::move(frames));
  } else {
    connection->inbox.push_back(std::move(frames));
  }
}

void SimNetwork::hang_up(const std::shared_ptr<Connection>& connection, bool client_end,
                         int64_t notice_ns) {
  const auto notice = [connection, client_end] {
    if (client_end) {
      connection->server_end_up = false;
      if (connection->server) connection->server->peers.erase(connection->peer);
    } else {
      connection->server_end_up = false;
      connection->state = net::LinkState::kDown;
    }
  };
  if (!client_end) connection->server_end_up = false;  // it is dead for what comes in from now on
  if (notice_ns == 0) {
    notice();
    return;
  }
  // What was sent before arrives before.
  const MonotonicNs last = client_end ? connection->last_to_server : connection->last_to_client;
  at(std::max(clock_.monotonic() + notice_ns, last), notice);
}

}  // namespace sheen::sim
