// SPDX-License-Identifier: Apache-2.0
#pragma once

// ClusterState: what Pacemaker knows of nodes and resources now, from crm_mon(8)'s XML. Times are
// as Pacemaker writes them. A value; any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen::ha {

struct NodeState {
  std::string name;
  bool online = false;
  bool standby = false;
  bool maintenance = false;
  bool unclean = false;  // gone, and not yet known to be harmless
  std::map<std::string, std::string> attributes;

  bool can_run() const { return online && !standby && !unclean; }
  // "online", "offline", "standby", "UNCLEAN", "maintenance"
  std::string word() const;
};

struct Failure {
  std::string resource;
  std::string node;
  std::string task;    // "monitor", "start"…
  std::string reason;  // the agent's sentence, or else the exit code's name
  std::string when;
};

// An exit code after which Pacemaker does not try a node again, without counting (2, 4, 5), or no
// node at all (6), until it is cleaned up or its failure-timeout is over. crm_mon counts "not
// installed" for no failure if nothing runs without a location (symmetric-cluster=false).
struct HardResult {
  std::string node;
  std::string task;  // "probe", "start"…
  int rc = 0;
  std::string name;  // the exit code's: "not installed"
  std::optional<int64_t> age_s;

  bool is_of_all_nodes() const { return rc == 6; }
};

struct FailCount {
  std::string node;
  int64_t count = 0;      // 1000000 is Pacemaker's INFINITY
  int64_t threshold = 0;  // banned from that node when it is reached
  std::string reason;     // of the last of them, if Pacemaker still knows
};

struct ResourceState {
  std::string id;
  std::string agent;  // "ocf:sheen:target"
  std::string role;   // "Started", "Stopped", "Starting"…
  std::vector<std::string> nodes;
  bool managed = true;
  bool blocked = false;
  bool failed = false;
  std::string wanted_role;  // target-role, if somebody set it
  std::string since;        // when it was last started where it runs
  std::vector<FailCount> fail_counts;
  std::vector<HardResult> hard_results;

  bool is_target() const { return agent == "ocf:sheen:target"; }
  bool lost = false;  // Pacemaker remembers it on a node that waits to be fenced
  // On one node that is alive, and through with starting there.
  bool runs() const { return nodes.size() == 1 && role == "Started" && !lost; }
};

// A constraint that keeps a resource off a node altogether.
struct Ban {
  std::string constraint;
  std::string resource;
  std::string node;
};

struct Fencing {
  std::string node;
  std::string action;  // "reboot", "off"; "on": it was let in again
  bool succeeded = false;
  bool by_a_human = false;  // somebody said that it is off (pcs stonith confirm)
  std::string when;         // when it was through; empty: it is not

  // What shows whether the device works: a node was, or should have been, switched off.
  bool is_try() const { return !when.empty() && action != "on"; }
};

struct ClusterState {
  bool quorate = false;
  bool fencing_enabled = false;
  bool maintenance = false;
  std::vector<NodeState> nodes;
  std::vector<ResourceState> resources;
  std::vector<Failure> failures;
  std::vector<Ban> bans;
  std::vector<Fencing> fencings;

  const NodeState* node(std::string_view name) const;
  const ResourceState* resource(std::string_view id) const;
  // The latest that was to switch that node off and is through; null: none.
  const Fencing* last_fencing(std::string_view node) const;
  // Also what is starting or stopping there.
  std::vector<std::string> targets_on(const std::string& node) const;

  // kInvalid: not what crm_mon --output-as=xml prints.
  static Result<ClusterState> parse(std::string_view xml);
};

}  // namespace sheen::ha
