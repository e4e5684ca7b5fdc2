// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs one case in one directory, in a forked process with a time limit, and gives what it
// observed. A case that hangs or crashes is a broken rule and never takes the suite along. Called
// by main's only thread.

#include <chrono>
#include <string>
#include <vector>

#include "tests/posix/case.h"

namespace sheen::posix {

struct Outcome {
  std::vector<std::string> observations;
  std::vector<std::string> broken;  // rules that did not hold, in words
  std::string skipped;              // why the case could not be run, or empty
  bool hung = false;
};

// Makes `directory` (its parent must exist), runs the case in it and removes it again.
Outcome run_case(const Case& test, const std::string& directory, std::chrono::milliseconds limit);

}  // namespace sheen::posix
