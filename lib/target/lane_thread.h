// SPDX-License-Identifier: Apache-2.0
#pragma once

// LaneThread: the thin thread around Lane::step() in a daemon. Made and ended by the control
// thread.

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "lib/base/event_queue.h"
#include "lib/target/lane.h"

namespace sheen::target {

class LaneThread {
 public:
  // Starts the thread, which opens the lane and serves until stop() or a final error.
  LaneThread(LaneOptions options, RoleFactory make_role);
  ~LaneThread();

  // Readable when started(), settled() or finished() may have changed. Control thread.
  int event_fd() const { return event_.fd(); }
  void clear_event() { event_.drain(); }
  bool started() const { return started_.load(std::memory_order_acquire); }
  // Serves, and is not about to hear from the MGS that it must not.
  bool settled() const { return settled_.load(std::memory_order_acquire); }
  bool registered() const { return registered_.load(std::memory_order_acquire); }
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  // Valid once finished: why; ok after stop().
  const Status& outcome() const { return outcome_; }
  // Milliseconds since the lane last finished a round; what a monitor looks at.
  int64_t age_ms() const;
  // Milliseconds since the target's storage was last written to and read.
  int64_t store_age_ms() const;
  Epoch epoch() const { return epoch_.load(std::memory_order_acquire); }
  bool recovering() const { return recovering_.load(std::memory_order_acquire); }

  void stop();

 private:
  void run(LaneOptions options, RoleFactory make_role);
  Status serve(LaneOptions options, RoleFactory make_role);

  SystemClock clock_;
  EventFd event_;
  EventFd stop_event_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> started_{false};
  std::atomic<bool> settled_{false};
  std::atomic<bool> registered_{false};
  std::atomic<bool> finished_{false};
  std::atomic<bool> recovering_{false};
  std::atomic<MonotonicNs> last_round_{0};
  std::atomic<MonotonicNs> store_renewed_{0};
  std::atomic<Epoch> epoch_{0};
  Status outcome_;
  std::thread thread_;
};

}  // namespace sheen::target
