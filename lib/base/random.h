// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Random seam. SystemRandom reads getrandom(2) and may be called from any thread; SeededRandom
// repeats itself from its seed and belongs to one thread.

#include <cstdint>

namespace sheen {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;
  // 0 <= result < bound; bound must not be 0. The bias of the modulo is accepted: bounds are small.
  uint64_t below(uint64_t bound) { return next() % bound; }
};

class SystemRandom final : public Random {
 public:
  uint64_t next() override;
};

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override;

 private:
  uint64_t state_;
};

}  // namespace sheen
