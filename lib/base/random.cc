// SPDX-License-Identifier: Apache-2.0
#include "lib/base/random.h"

#include <sys/random.h>

#include "lib/base/assert.h"

namespace sheen {

uint64_t SystemRandom::next() {
  uint64_t word = 0;
  const ssize_t got = getrandom(&word, sizeof word, 0);
  SHEEN_ASSERT(got == static_cast<ssize_t>(sizeof word));  // never fails for 256 bytes or less
  return word;
}

uint64_t SeededRandom::next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace sheen
