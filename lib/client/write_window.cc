// SPDX-License-Identifier: Apache-2.0
#include "lib/client/write_window.h"

#include "lib/base/assert.h"

namespace sheen::client {

void WriteWindow::acquire(uint16_t ost, uint64_t bytes, UniqueFunction<void()> start) {
  Window& window = windows_[ost];
  window.waiting.push_back({bytes, std::move(start)});
  start_waiting(window);
}

void WriteWindow::release(uint16_t ost, uint64_t bytes) {
  Window& window = windows_[ost];
  SHEEN_ASSERT(window.in_flight_bytes >= bytes);
  window.in_flight_bytes -= bytes;
  start_waiting(window);
}

void WriteWindow::start_waiting(Window& window) {
  if (window.starting) return;
  window.starting = true;
  while (!window.waiting.empty()) {
    Waiting& next = window.waiting.front();
    if (window.in_flight_bytes != 0 && window.in_flight_bytes + next.bytes > limit_bytes_) break;
    window.in_flight_bytes += next.bytes;
    UniqueFunction<void()> start = std::move(next.start);
    window.waiting.pop_front();
    start();
  }
  window.starting = false;
}

}  // namespace sheen::client
