// SPDX-License-Identifier: Apache-2.0
#pragma once

// The stored form of layouts and of directories' default striping (docs/disk-format.md):
// little-endian, each starting with a version byte. Pure functions; any thread. Stored bytes are
// foreign bytes: kCorrupt if they do not parse.

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/wire/striping.h"

namespace sheen::mds {

// What a directory hands down to new files and subdirectories. 0 and -1 as in wire::LayoutHint.
struct StripeHint {
  int32_t stripe_count = 0;
  uint32_t stripe_size = 0;
  int32_t start_ost = -1;
  bool operator==(const StripeHint&) const = default;
};

std::string encode_striping(const wire::Striping& striping);  // "" for an empty one
Result<wire::Striping> decode_striping(std::string_view stored);

std::string encode_hint(const StripeHint& hint);
Result<StripeHint> decode_hint(std::string_view stored);  // of "": the defaults

}  // namespace sheen::mds
