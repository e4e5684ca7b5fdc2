// SPDX-License-Identifier: Apache-2.0
#pragma once

// SimCluster: an MGS, an MDS and OSSs (the real lanes with their real roles on real SQLite) and
// clients (the real client library) on a simulated network, stepped in one thread on virtual time.
// Servers can die between any two steps, or inside one at a fault point, and be started again on
// their directories.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/client/client.h"
#include "lib/store/disk.h"
#include "lib/target/lane.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/sim_transport.h"

namespace sheen::sim {

class SimCluster {
 public:
  // `directory` must exist and be empty; on tmpfs, since nothing here tests the disk.
  SimCluster(std::string directory, uint64_t seed, unsigned osts);
  ~SimCluster();

  SimNetwork& network() { return network_; }
  SimClock& clock() { return clock_; }
  const std::vector<std::string>& labels() const { return labels_; }
  std::string directory_of(const std::string& label) const { return directory_ + "/" + label; }

  void start(const std::string& label);
  void kill(const std::string& label);
  bool alive(const std::string& label) const { return servers_.at(label).lane != nullptr; }
  uint64_t deaths() const { return deaths_; }
  target::Lane* lane(const std::string& label) { return servers_.at(label).lane.get(); }

  // A client on a host of its own, or on the servers' host.
  client::Client& add_client(bool same_host);

  // The others vanish without a word.
  void end_clients_but(const client::Client* survivor);

  // Lets everybody work, then lets time pass to the next event, but not beyond `limit`.
  void advance(MonotonicNs limit);
  // Until `done` says so. False: `seconds` of virtual time were not enough.
  template <class Predicate>
  bool run_until(Predicate done, int64_t seconds) {
    const MonotonicNs end = clock_.monotonic() + seconds * kSecond;
    while (!done()) {
      if (clock_.monotonic() >= end) return false;
      advance(end);
    }
    return true;
  }

 private:
  struct Server {
    target::RoleFactory make_role = nullptr;
    uint16_t port = 0;
    std::unique_ptr<net::Transport> transport;
    std::unique_ptr<target::Lane> lane;
  };
  struct Mount {
    std::unique_ptr<net::Transport> transport;
    std::unique_ptr<client::Client> client;
  };
  void format(const std::string& label);
  bool step_everybody();
  MonotonicNs next_wakeup() const;

  const std::string directory_;
  SimClock clock_;
  SimNetwork network_;
  SeededRandom random_;
  store::PosixDisk disk_;
  std::vector<std::string> labels_;
  std::map<std::string, Server> servers_;
  std::vector<Mount> mounts_;
  uint64_t deaths_ = 0;
};

}  // namespace sheen::sim
