// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/probe.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

namespace sheen::cli {
namespace {

// Between two uses; a pause is known to this much.
constexpr auto kRest = std::chrono::milliseconds(10);
constexpr auto kPatience = std::chrono::seconds(1);

}  // namespace

struct Probe::State {
  UniqueFunction<Status()> use;  // the thread's
  const SystemClock clock;
  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  bool stop = false;
  bool ended = false;
  Outcome outcome;
};

Probe::Probe(UniqueFunction<Status()> use) : state_(std::make_shared<State>()) {
  state_->use = std::move(use);
  thread_ = std::thread([state = state_] { run(*state); });
}

Probe::~Probe() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  const bool ended = state_->changed.wait_for(lock, kPatience, [this] { return state_->ended; });
  lock.unlock();
  if (ended)
    thread_.join();
  else
    thread_.detach();
}

void Probe::run(State& state) {
  std::unique_lock lock(state.mutex);
  while (!state.stop && state.outcome.error.empty()) {
    lock.unlock();
    const MonotonicNs begin = state.clock.monotonic();
    const Status done = state.use();
    const int64_t took = state.clock.monotonic() - begin;
    if (done) std::this_thread::sleep_for(kRest);
    lock.lock();
    state.outcome.longest_ns = std::max(state.outcome.longest_ns, took);
    if (done)
      ++state.outcome.uses;
    else
      state.outcome.error = done.error().message();
  }
  state.ended = true;
  state.changed.notify_all();
}

uint64_t Probe::uses() const {
  const std::lock_guard lock(state_->mutex);
  return state_->outcome.uses;
}

bool Probe::failed() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->outcome.error.empty();
}

Probe::Outcome Probe::finish(std::chrono::seconds limit) {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  const bool ended = state_->changed.wait_for(lock, limit, [this] { return state_->ended; });
  Outcome out = state_->outcome;
  if (!ended) out.error = fmt::format("no answer for {} s", limit.count());
  return out;
}

}  // namespace sheen::cli
