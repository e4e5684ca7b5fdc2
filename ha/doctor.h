// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is not as it should be in a cluster that seems to work: things that nobody notices until the
// failover that does not happen. Pure function; any thread. cli/ha gathers the facts.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ha/cib.h"
#include "ha/cluster_state.h"
#include "ha/description.h"

namespace sheen::ha {

enum class Severity {
  kNote,     // could be better
  kWarning,  // a failover will take longer, or somebody will be surprised
  kError,    // a failover will not work, or is not safe
};

struct Finding {
  Severity severity;
  std::string about;   // a node, a target, "fencing"
  std::string what;    // a sentence
  std::string advice;  // a command, or what to do
};

// A disk that two targets are described with, by whatever names.
struct SharedDevice {
  std::string target;
  std::string device;
  std::string other;  // the target that has it too
};

// What only this node can tell of itself. What could not be found out is empty.
struct LocalFacts {
  std::string node;
  std::optional<int64_t> token_ms;         // corosync's, in use
  std::optional<int64_t> schedule_misses;  // how often corosync did not get to run in time
  std::vector<std::string> enabled_units;  // systemd starts them at boot
  std::vector<std::string> missing_devices;
  std::vector<SharedDevice> shared_devices;
  std::vector<std::string> scheduler_complaints;  // crm_verify(8)
};

// `description`: what the cluster should be, if there is such a file.
std::vector<Finding> examine(const Cib& cib, const ClusterState& state, const LocalFacts& facts,
                             const Description* description);

}  // namespace sheen::ha
