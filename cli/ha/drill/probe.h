// SPDX-License-Identifier: Apache-2.0
#pragma once

// Probe: uses something over and over on a thread of its own, as an application would, and takes
// the time of the longest wait. Made, asked and ended by one other thread.

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "lib/base/clock.h"
#include "lib/base/function.h"
#include "lib/base/result.h"

namespace sheen::cli {

class Probe {
 public:
  struct Outcome {
    uint64_t uses = 0;
    int64_t longest_ns = 0;  // of one use
    std::string error;       // the first that an application would have seen; empty: none
  };

  explicit Probe(UniqueFunction<Status()> use);
  // A use that does not come back within a second is left to itself: nothing can end it but the end
  // of the process.
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  uint64_t uses() const;
  bool failed() const;
  // Waits for the use that is under way; one that does not come back in that time is an error.
  Outcome finish(std::chrono::seconds limit);

 private:
  struct State;  // outlives this, if a use does
  static void run(State& state);

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace sheen::cli
