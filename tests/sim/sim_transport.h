// SPDX-License-Identifier: Apache-2.0
#pragma once

// SimNetwork: the simulated Transport. Many endpoints (processes) in one thread, on virtual time:
// messages travel as the frames that would be on the wire, and arrive when advance_to() passes
// their time. Delays and faults come from one seed, so a run repeats itself exactly.
//
// A connection keeps the order of its messages unless SimFaults::reorder says otherwise. What was
// sent before an endpoint died may still arrive until its peers notice the death.
// Owned by a test or the simulator; must outlive its transports, links and listeners.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/function.h"
#include "lib/base/random.h"
#include "lib/net/transport.h"
#include "tests/sim/sim_clock.h"

namespace sheen::sim {

// Chances are out of a million, for each message.
struct SimFaults {
  int64_t delay_min_ns = 20 * kMicrosecond;
  int64_t delay_max_ns = 200 * kMicrosecond;
  uint32_t drop = 0;
  uint32_t duplicate = 0;
  uint32_t reorder = 0;  // travels on its own, up to reorder_ns longer
  int64_t reorder_ns = 5 * kMillisecond;
  int64_t death_notice_max_ns = 0;  // peers notice a death within this; 0: at once
  // A link over a partition goes down after this, as by heartbeats.
  int64_t partition_notice_ns = 4 * kSecond;
  int64_t connect_timeout_ns = 2 * kSecond;
};

struct SimCounters {
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t dropped = 0;  // by chance, a partition or a dead end
  uint64_t duplicated = 0;
  uint64_t reordered = 0;
};

class SimNetwork {
 public:
  SimNetwork(SimClock& clock, uint64_t seed);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // The transport of a process called `name` on a host. A name may be used again after kill().
  std::unique_ptr<net::Transport> endpoint(const std::string& name, const std::string& host_id);
  // The process is dead: its links and listeners are down for good, however long the objects live.
  void kill(const std::string& name);

  void set_faults(const SimFaults& faults) { faults_ = faults; }
  const SimFaults& faults() const { return faults_; }
  // Nothing gets from `from` to `to` any more (or again).
  void block(const std::string& from, const std::string& to, bool blocked);
  void partition(const std::string& a, const std::string& b, bool partitioned) {
    block(a, b, partitioned);
    block(b, a, partitioned);
  }

  MonotonicNs next_event_time() const;  // kNever: nothing is under way
  // Lets everything happen that is due by then, each at its own time, and sets the clock.
  void advance_to(MonotonicNs time);
  const SimCounters& counters() const { return counters_; }

 private:
  friend class SimTransport;
  friend class SimLink;
  friend class SimListener;
  struct Process;
  struct Connection;
  struct Bound;
  using Frames = std::vector<Buffer>;

  void at(MonotonicNs time, UniqueFunction<void()> event);
  int64_t delay();
  bool chance(uint32_t per_million) { return random_.below(1'000'000) < per_million; }
  bool blocked(const Process& from, const Process& to) const;
  std::shared_ptr<Connection> connect(const std::shared_ptr<Process>& client,
                                      const net::Address& address);
  void complete_connect(const std::shared_ptr<Connection>& connection, const std::string& key);
  Status transmit(const std::shared_ptr<Connection>& connection, bool to_server, Frames frames);
  void deliver(const std::shared_ptr<Connection>& connection, bool to_server, Frames frames);
  // One end is gone; the other finds out later.
  void hang_up(const std::shared_ptr<Connection>& connection, bool client_end, int64_t notice_ns);
  void check_partition(const std::shared_ptr<Connection>& connection);
  Result<net::Address> bind(const std::shared_ptr<Bound>& bound, const net::Address& address);
  static std::string key_of(const Process& process, const net::Address& address);

  SimClock& clock_;
  SeededRandom random_;
  SimFaults faults_;
  SimCounters counters_;
  std::map<std::pair<MonotonicNs, uint64_t>, UniqueFunction<void()>> events_;
  uint64_t next_event_ = 0;
  uint64_t next_peer_ = 1;
  uint16_t next_port_ = 50000;
  std::map<std::string, std::shared_ptr<Process>> processes_;  // the living, by name
  std::map<std::string, std::weak_ptr<Bound>> bound_;          // by address
  std::vector<std::weak_ptr<Connection>> connections_;
  std::set<std::pair<std::string, std::string>> blocked_;  // from, to
};

}  // namespace sheen::sim
