// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/probe.h"

#include <algorithm>
#include <chrono>

namespace sheen::cli {
namespace {

// Between two uses; a pause is known to this much.
constexpr auto kRest = std::chrono::milliseconds(10);

}  // namespace

Probe::Probe(UniqueFunction<Status()> use) : use_(std::move(use)), thread_([this] { run(); }) {}

Probe::~Probe() { finish(); }

void Probe::run() {
  while (!stop_.load(std::memory_order_acquire)) {
    const MonotonicNs begin = clock_.monotonic();
    const Status done = use_();
    outcome_.longest_ns = std::max(outcome_.longest_ns, clock_.monotonic() - begin);
    if (!done) {
      outcome_.error = done.error().message();
      failed_.store(true, std::memory_order_release);
      return;
    }
    outcome_.uses = uses_.fetch_add(1, std::memory_order_acq_rel) + 1;
    std::this_thread::sleep_for(kRest);
  }
}

Probe::Outcome Probe::finish() {
  stop_.store(true, std::memory_order_release);
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

}  // namespace sheen::cli
