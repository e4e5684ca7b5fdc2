// SPDX-License-Identifier: Apache-2.0
#pragma once

// The middle of a benchmark's rounds, which one disturbed round does not move. Pure; any thread.

#include <algorithm>
#include <vector>

namespace sheen::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace sheen::bench
