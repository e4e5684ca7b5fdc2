// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pacemaker's and pcs's programs, as functions. Each call runs a program and blocks until it ends;
// any thread. A Complaint says which program failed and in its own words why.

#include <string>
#include <vector>

#include "cli/outcome.h"
#include "cli/process.h"
#include "ha/cib.h"
#include "ha/cluster_state.h"

namespace sheen::cli {

// What it prints on stdout; a Complaint unless its exit code is 0. words[0] is searched for.
Outcome<std::string> run_tool(const std::vector<std::string>& words, const std::string& input = {});
// The same for pcs, whose "Error: " lines are what it has to say. What was asked of the cluster
// goes on when pcs is given up.
Outcome<void> run_pcs(const std::vector<std::string>& words, Patience patience = {});

Outcome<ha::Cib> live_cib();
Outcome<ha::ClusterState> live_state();
// This node's name in the cluster.
Outcome<std::string> own_node();

}  // namespace sheen::cli
