// SPDX-License-Identifier: Apache-2.0
#pragma once

// Probe: uses something over and over on a thread of its own, as an application would, and takes
// the time of the longest wait. Made, asked and ended by one other thread.

#include <atomic>
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
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  uint64_t uses() const { return uses_.load(std::memory_order_acquire); }
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // Waits for the use that is under way.
  Outcome finish();

 private:
  void run();

  UniqueFunction<Status()> use_;
  const SystemClock clock_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> uses_{0};
  Outcome outcome_;  // the thread's until it is joined
  std::thread thread_;
};

}  // namespace sheen::cli
