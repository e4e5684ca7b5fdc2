// SPDX-License-Identifier: Apache-2.0
#include "mds/store/cookie.h"

#include <xxhash.h>

namespace sheen::mds {

uint64_t name_cookie(std::string_view name) {
  constexpr unsigned kHashBits = 54;
  const uint64_t hash = XXH64(name.data(), name.size(), 0) >> (64 - kHashBits);
  return (hash == 0 ? 1 : hash) << kCookieNumberBits;
}

}  // namespace sheen::mds
