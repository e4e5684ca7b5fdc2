// SPDX-License-Identifier: Apache-2.0
// Any bytes are either refused as an ACL or survive being encoded and parsed again.
#include <cstdint>

#include "lib/base/assert.h"
#include "mds/acl.h"

using namespace sheen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto acl = mds::Acl::parse(bytes);
  if (!acl || !*acl) return 0;
  const auto again = mds::Acl::parse((*acl)->encode());
  SHEEN_ASSERT(again.has_value() && again->has_value());
  SHEEN_ASSERT((*again)->encode() == (*acl)->encode());
  SHEEN_ASSERT(((*acl)->after_chmod(0750).mode_bits() & 0777) == 0750);
  return 0;
}
