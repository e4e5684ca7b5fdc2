// SPDX-License-Identifier: Apache-2.0
#pragma once

// Input: the bytes of one run, taken from the front; zeros when they are used up, so that every run
// ends. A value type.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sheen::fuzz {

class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  uint64_t bits(unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 8 | byte();
    return value;
  }
  size_t below(size_t limit) { return limit <= 256 ? byte() % limit : bits(2) % limit; }
  bool one_in(unsigned chance) { return byte() % chance == chance - 1; }
  std::string_view text(size_t length) {
    const auto part = bytes_.first(length < bytes_.size() ? length : bytes_.size());
    bytes_ = bytes_.subspan(part.size());
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  // Small ones, those at the edges of a type, and any.
  uint64_t number() {
    static constexpr std::array<uint64_t, 16> kEdges = {
        0,          1,           4095,       4096,      0x7fffffff, 0x80000000,
        0xffffffff, 0x100000000, 1ULL << 62, INT64_MAX, 1ULL << 63, UINT64_MAX - 1,
        UINT64_MAX, 0x1ed,       0xffff,     1ULL << 40};
    const uint8_t how = byte();
    if (how < 128) return how % 16;
    if (how < 192) return kEdges[how % kEdges.size()];
    return bits(1 + how % 8);
  }

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace sheen::fuzz
