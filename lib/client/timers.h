// SPDX-License-Identifier: Apache-2.0
#pragma once

// Timers of the client's calls: functions to be called at or after a monotonic time, each once.
// The client's thread.

#include <map>

#include "lib/base/clock.h"
#include "lib/base/function.h"

namespace sheen::client {

class Timers {
 public:
  void at(MonotonicNs when, UniqueFunction<void()> function) {
    queue_.emplace(when, std::move(function));
  }
  // Calls what is due; a function may add timers. True if there was any.
  bool run(MonotonicNs now) {
    bool any = false;
    while (!queue_.empty() && queue_.begin()->first <= now) {
      UniqueFunction<void()> function = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      function();
      any = true;
    }
    return any;
  }
  MonotonicNs next() const { return queue_.empty() ? kNever : queue_.begin()->first; }

 private:
  std::multimap<MonotonicNs, UniqueFunction<void()>> queue_;
};

}  // namespace sheen::client
