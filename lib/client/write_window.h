// SPDX-License-Identifier: Apache-2.0
#pragma once

// WriteWindow: bounds the bytes of writes that are on the way to each OST, so that an OST that is
// slow or away cannot make the client keep any amount of memory in requests. What does not fit
// waits here in the order in which it came. The client's thread.

#include <cstdint>
#include <deque>
#include <map>

#include "lib/base/function.h"

namespace sheen::client {

class WriteWindow {
 public:
  explicit WriteWindow(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  void set_limit(uint64_t limit_bytes) { limit_bytes_ = limit_bytes; }

  // Calls `start` as soon as `bytes` fit, at the earliest now. A write larger than the window goes
  // alone. release() must follow once for each start.
  void acquire(uint16_t ost, uint64_t bytes, UniqueFunction<void()> start);
  void release(uint16_t ost, uint64_t bytes);

 private:
  struct Waiting {
    uint64_t bytes = 0;
    UniqueFunction<void()> start;
  };
  struct Window {
    uint64_t in_flight_bytes = 0;
    std::deque<Waiting> waiting;
    bool starting = false;  // start() may end at once and release(): no recursion
  };
  void start_waiting(Window& window);

  uint64_t limit_bytes_;
  std::map<uint16_t, Window> windows_;
};

}  // namespace sheen::client
