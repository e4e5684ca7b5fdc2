// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counters: what an OST has done since its start, for `sheen status`. Owned by the Ost; pool
// threads count, the lane reads; the numbers need no order among one another.

#include <atomic>
#include <cstdint>

namespace sheen::oss {

class Counter {
 public:
  void add(uint64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct Counters {
  Counter reads;
  Counter read_bytes;
  Counter writes;
  Counter write_bytes;
  Counter truncates;
  Counter allocates;
  Counter seeks;
  Counter glimpses;
  Counter set_times;
  Counter syncs;
  Counter destroyed_objects;
  Counter refused;  // the I/O queue was full
};

}  // namespace sheen::oss
