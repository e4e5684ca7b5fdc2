// SPDX-License-Identifier: Apache-2.0
#pragma once

// Why a resource is where it is, and what to type to change that. Pure functions; any thread.

#include <optional>
#include <string>
#include <vector>

#include "ha/cib.h"
#include "ha/cluster_state.h"

namespace sheen::ha {

// The nodes with a positive location score, the preferred one first.
std::vector<std::string> nodes_of(const Cib& cib, std::string_view resource);

struct Reason {
  std::string why;    // "oss1 is in standby"
  std::string clear;  // a command that changes it; may be empty
};

// What keeps everything off a node: its state.
std::optional<Reason> unusable(const ClusterState& state, const std::string& node);
// What keeps a resource off a node that is well: a constraint, or what failed there. On the standby
// nobody sees it until the failover that does not happen.
std::optional<Reason> ban(const Cib& cib, const ResourceState& resource, const std::string& node);
// What keeps a resource off a node for now: that node's state, or a ban.
std::optional<Reason> obstacle(const Cib& cib, const ClusterState& state,
                               const ResourceState& resource, const std::string& node);
// Why it is where it is, or not running at all.
Reason explain(const Cib& cib, const ClusterState& state, const ResourceState& resource);
// All that an administrator can clear: why it is not where it should be, its bans from its nodes,
// and the failures that are counted there. Each command once.
std::vector<Reason> clearable(const Cib& cib, const ClusterState& state,
                              const ResourceState& resource);
// Where it would be if everything were well, and could be now; empty: it is there, or cannot.
std::string better_node(const Cib& cib, const ClusterState& state, const ResourceState& resource);

}  // namespace sheen::ha
