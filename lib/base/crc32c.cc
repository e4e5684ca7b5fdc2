// SPDX-License-Identifier: Apache-2.0
#include "lib/base/crc32c.h"

#include <algorithm>

#include <isa-l/crc.h>

namespace sheen {

uint32_t crc32c(const void* data, size_t size, uint32_t seed) {
  // ISA-L takes an int length and leaves both inversions to the caller.
  constexpr size_t kStepMax = 1U << 30;
  auto* bytes = static_cast<unsigned char*>(const_cast<void*>(data));
  uint32_t crc = ~seed;
  while (size != 0) {
    const size_t step = std::min(size, kStepMax);
    crc = crc32_iscsi(bytes, static_cast<int>(step), crc);
    bytes += step;
    size -= step;
  }
  return ~crc;
}

}  // namespace sheen
