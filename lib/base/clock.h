// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Clock seam: the only source of time in loops and operations, so that a whole cluster can run
// on simulated time. SystemClock may be called from any thread.

#include <cstdint>

namespace sheen {

// Nanoseconds. A monotonic time has no meaning outside the process that read it.
using MonotonicNs = int64_t;
using RealtimeNs = int64_t;  // since 1970-01-01 UTC

inline constexpr int64_t kMicrosecond = 1'000;
inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr MonotonicNs kNever = INT64_MAX;

class Clock {
 public:
  virtual ~Clock() = default;
  // CLOCK_BOOTTIME: goes on while the machine is suspended, so a lease cannot outlive a suspend.
  virtual MonotonicNs monotonic() const = 0;
  virtual RealtimeNs realtime() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicNs monotonic() const override;
  RealtimeNs realtime() const override;
};

}  // namespace sheen
