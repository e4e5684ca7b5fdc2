// SPDX-License-Identifier: Apache-2.0
#pragma once

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) by ISA-L. Any thread.

#include <cstddef>
#include <cstdint>

namespace sheen {

// The standard value: crc32c("123456789") == 0xe3069283. `seed` continues a previous result.
uint32_t crc32c(const void* data, size_t size, uint32_t seed = 0);

}  // namespace sheen
