// SPDX-License-Identifier: Apache-2.0
#pragma once

// Directory cookies: 54 bits of the name's XXH64 (seed 0), shifted left by 8, plus a number 0..255
// that tells colliding names of one directory apart. They are on disk and in the hands of
// applications (telldir), so they must never change: golden values in the tests. Cookies 0, 1 and 2
// are the start, "." and ".."; a hash of 0 counts as 1, so no name gets one of those. The highest
// bit stays 0: off_t is signed. Pure functions; any thread.

#include <cstdint>
#include <string_view>

namespace sheen::mds {

inline constexpr uint64_t kCookieStart = 0;
inline constexpr uint64_t kCookieDot = 1;
inline constexpr uint64_t kCookieDotDot = 2;
inline constexpr unsigned kCookieNumberBits = 8;
inline constexpr uint64_t kCookieNumbers = uint64_t{1} << kCookieNumberBits;

// The cookie of the first name with this hash; the others' follow it.
using NameHash = uint64_t (*)(std::string_view name);
uint64_t name_cookie(std::string_view name);

}  // namespace sheen::mds
