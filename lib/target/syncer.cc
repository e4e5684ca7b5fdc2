// SPDX-License-Identifier: Apache-2.0
#include "lib/target/syncer.h"

#include <chrono>

#include "lib/base/log.h"

namespace sheen::target {
namespace {
// How long changes that nobody waits for may stay out of stable storage. A sync pass competes with
// the lane for the disk, so it is not run after every batch.
constexpr std::chrono::milliseconds kLazyInterval{200};
}  // namespace

Syncer::Syncer(UniqueFunction<Status()> pass, UniqueFunction<void()> on_done, bool threaded)
    : pass_(std::move(pass)), on_done_(std::move(on_done)) {
  if (threaded) thread_ = std::thread([this] { loop(); });
}

Syncer::~Syncer() { end_thread(); }

void Syncer::end_thread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Syncer::finish() {
  end_thread();
  run_inline();
  return !failed();
}

void Syncer::changed(Transno transno, bool urgent) {
  const uint64_t before = goal_.exchange(transno.value, std::memory_order_acq_rel);
  // The thread sleeps without a time-out only while there is nothing to do; it has to be told of
  // the first change, and of an urgent one at any time.
  const bool idle = before <= committed_.load(std::memory_order_acquire);
  if (!urgent && !idle) return;
  {
    const std::lock_guard lock(mutex_);
    urgent_ = urgent_ || urgent;
  }
  wake_.notify_one();
}

void Syncer::run_inline() {
  if (goal_.load() > committed_.load() && !failed()) one_pass();
}

void Syncer::one_pass() {
  const uint64_t goal = goal_.load(std::memory_order_acquire);
  const Status status = pass_();
  if (!status) {
    SHEEN_ERROR("sync failed, this target must restart: {}", status.error().message());
    failed_.store(true, std::memory_order_release);
  } else {
    committed_.store(goal, std::memory_order_release);
  }
  on_done_();
}

void Syncer::loop() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !failed()) {
    const auto pending = [this] { return goal_.load() > committed_.load(); };
    wake_.wait(lock, [&] { return stop_ || urgent_ || pending(); });
    if (stop_) break;
    if (!urgent_) wake_.wait_for(lock, kLazyInterval, [&] { return stop_ || urgent_; });
    if (stop_) break;
    urgent_ = false;
    if (!pending()) continue;
    lock.unlock();
    one_pass();
    lock.lock();
  }
}

}  // namespace sheen::target
