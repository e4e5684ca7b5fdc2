// SPDX-License-Identifier: Apache-2.0
#pragma once

// BackOff: how long a server that ended is left alone before it is started again. One that lived is
// started at once: what killed it was a user trying that out. One that dies again and again, also
// while it serves, is started ever more seldom. One thread, the supervisor's.

#include <algorithm>

#include "lib/base/clock.h"

namespace sheen::cli::demo {

class BackOff {
 public:
  // After this long a server is healthy: more than a recovery on an idle demo takes.
  static constexpr int64_t kHealthyLifeNs = 10 * kSecond;
  static constexpr int64_t kShortestNs = 100 * kMillisecond;
  static constexpr int64_t kLongestNs = 5 * kSecond;
  // A user may kill one a few times in a row.
  static constexpr int kFreeDeaths = 3;

  int64_t after_life(int64_t lived_ns) {
    if (lived_ns >= kHealthyLifeNs) deaths_ = 0;
    delay_ns_ = ++deaths_ <= kFreeDeaths ? kShortestNs : std::min(delay_ns_ * 2, kLongestNs);
    return delay_ns_;
  }

 private:
  int deaths_ = 0;  // without a healthy life between them
  int64_t delay_ns_ = kShortestNs;
};

}  // namespace sheen::cli::demo
