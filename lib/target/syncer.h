// SPDX-License-Identifier: Apache-2.0
#pragma once

// Syncer: makes changes durable behind the lane's back and publishes `committed`, the highest
// transno that survives a power cut. It has a thread of its own that does nothing but sync; without
// threads (simulator) run_inline() does one pass.
//
// A failed sync is final (a second fsync after a failure can lie): failed() turns true, `committed`
// stays, and the lane ends the process.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "lib/base/event_queue.h"
#include "lib/base/function.h"
#include "lib/base/ids.h"

namespace sheen::target {

class Syncer {
 public:
  // `pass` makes everything durable that was done before it was called; it runs on the sync thread.
  // `on_done` is called there after each pass, to wake the lane.
  Syncer(UniqueFunction<Status()> pass, UniqueFunction<void()> on_done, bool threaded);
  ~Syncer();

  // Lane thread. There are changes up to `transno`; sync soon (lazily) or, if `urgent`, now.
  void changed(Transno transno, bool urgent);
  void run_inline();
  // One last pass, if anything is left; false: it, or one before it, failed. Nothing is synced
  // later.
  bool finish();
  // Any thread.
  Transno committed() const { return Transno{committed_.load(std::memory_order_acquire)}; }
  bool failed() const { return failed_.load(std::memory_order_acquire); }

 private:
  void end_thread();
  void loop();
  void one_pass();

  UniqueFunction<Status()> pass_;
  UniqueFunction<void()> on_done_;
  std::atomic<uint64_t> goal_{0};
  std::atomic<uint64_t> committed_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool urgent_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sheen::target
