// SPDX-License-Identifier: Apache-2.0
#pragma once

// What must be true of a description before it is made a cluster's configuration: mistakes that
// Pacemaker would accept and that would be noticed when a target does not start, or a node is not
// fenced. Each runs programs of this host and blocks; any thread.

#include <map>
#include <string>

#include "cli/outcome.h"
#include "ha/agent_metadata.h"
#include "ha/cib.h"
#include "ha/description.h"

namespace sheen::cli {

using Agents = std::map<std::string, ha::AgentMetadata>;  // by "ocf:sheen:target"

// Those that the description names; a Complaint if one is not installed here.
Outcome<Agents> installed_agents(const ha::Description& description);
// Every agent has the parameters that it is given.
Outcome<void> check_parameters(const ha::Description& description, const Agents& agents);
// Every node has a fence device, and each of them answers and can tell whether that node is on.
Outcome<void> check_fence_devices(const ha::Description& description, const Agents& agents);
// The devices that the description changes (or adds) are there on this node, if it may run their
// targets, and hold these targets: before a target that runs is stopped for another device.
Outcome<void> check_devices(const ha::Description& description, const ha::Cib& live);

}  // namespace sheen::cli
