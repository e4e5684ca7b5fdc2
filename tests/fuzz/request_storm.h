// SPDX-License-Identifier: Apache-2.0
#pragma once

// RequestStorm: a whole simulated cluster that gets requests nobody in his right mind would send:
// any operation with any values, damaged bodies, wrong xids, slots, epochs and targets, in any
// order, with server deaths in between. Whatever they are answered, the servers must live (an
// assertion of theirs ends the run by itself) and must serve a well-behaved client afterwards.
//
// The same bytes give the same run. One thread; one run per object.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/any_body.h"
#include "tests/fuzz/input.h"
#include "tests/sim/sim_cluster.h"

namespace sheen::fuzz {

struct StormResult {
  std::vector<std::string> failures;  // empty: as it should be
  uint64_t requests = 0;
  uint64_t answered = 0;
  uint64_t succeeded = 0;
};

class RequestStorm {
 public:
  // An empty directory on tmpfs; where the schemas' .bfbs files are.
  RequestStorm(const std::string& directory, const std::string& schemas);
  StormResult run(Input input);

 private:
  struct Peer {
    std::string label;
    Uuid uuid;
    std::unique_ptr<net::Link> link;
    Epoch epoch = 0;
    uint64_t session = 0;
    uint64_t last_xid = 0;
    std::map<uint64_t, std::set<wire::Opcode>> asked;  // by xid, which may be used again
  };
  void connect(Peer& peer);
  void send_any(Peer& peer, Input& input);
  wire::Opcode any_opcode(const Peer& peer, Input& input) const;
  Buffer any_body(wire::Opcode opcode, Input& input) const;
  wire::Message any_message(Peer& peer, Input& input);
  void receive(Peer& peer);
  void pass(int64_t ns);
  void check_servers();
  void check_service();

  sim::SimCluster cluster_;
  AnyBody bodies_;
  std::unique_ptr<net::Transport> transport_;
  std::vector<Peer> peers_;
  uint64_t kills_ = 0;
  StormResult result_;
};

}  // namespace sheen::fuzz
