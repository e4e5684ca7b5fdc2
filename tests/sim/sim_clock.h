// SPDX-License-Identifier: Apache-2.0
#pragma once

// SimClock: time that passes only when somebody says so. Owned by a simulation or a test, one
// thread.

#include "lib/base/assert.h"
#include "lib/base/clock.h"

namespace sheen::sim {

class SimClock final : public Clock {
 public:
  MonotonicNs monotonic() const override { return now_; }
  RealtimeNs realtime() const override { return kRealtimeStart + now_; }
  void advance_to(MonotonicNs time) {
    SHEEN_ASSERT(time >= now_);
    now_ = time;
  }
  void advance_by(int64_t ns) { advance_to(now_ + ns); }

 private:
  static constexpr RealtimeNs kRealtimeStart = 1'800'000'000 * kSecond;  // January 2027
  MonotonicNs now_ = 1 * kSecond;  // not 0, so that a time that was never set shows
};

}  // namespace sheen::sim
