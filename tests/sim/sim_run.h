// SPDX-License-Identifier: Apache-2.0
#pragma once

// One run of the simulator: everything in it comes from one seed.

#include <cstdint>
#include <string>
#include <vector>

namespace sheen::sim {

struct RunOptions {
  uint64_t seed = 1;
  int calls = 120;  // of each simulated application
  bool verbose = false;
};

struct RunResult {
  std::vector<std::string> failures;
  uint64_t trace = 0;  // equal for equal seeds
  uint64_t deaths = 0;
  uint64_t messages = 0;
  double virtual_seconds = 0;
};

RunResult run_once(const RunOptions& options);

}  // namespace sheen::sim
