// SPDX-License-Identifier: Apache-2.0
#include "lib/base/clock.h"

#include <ctime>

namespace sheen {
namespace {
int64_t read_ns(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}
}  // namespace

MonotonicNs SystemClock::monotonic() const { return read_ns(CLOCK_BOOTTIME); }
RealtimeNs SystemClock::realtime() const { return read_ns(CLOCK_REALTIME); }

}  // namespace sheen
