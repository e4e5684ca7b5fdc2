// SPDX-License-Identifier: Apache-2.0
// Any layout from the wire is either refused or can be used for arithmetic over any range.
#include <cstdint>
#include <cstring>

#include "lib/base/assert.h"
#include "lib/wire/codec.h"
#include "lib/wire/striping.h"

using namespace sheen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 16) return 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  std::memcpy(&offset, data, 8);
  std::memcpy(&length, data + 8, 8);
  const Buffer body = Buffer::copy_of(data + 16, size - 16);
  const auto layout = wire::decode<wire::Layout>(body);
  if (!layout) return 0;
  const auto striping = wire::Striping::from(*layout);
  if (!striping) return 0;
  // A huge range of tiny stripes is cut to what one request can be.
  const auto chunks = wire::map_range(*striping, offset, length & 0xffffff);
  if (!chunks) return 0;
  uint64_t total = 0;
  for (const wire::Chunk& chunk : *chunks) {
    SHEEN_ASSERT(chunk.length != 0);
    total += chunk.length;
    SHEEN_ASSERT(wire::file_offset_of(*striping, chunk.component, chunk.stripe,
                                      chunk.object_offset) == chunk.file_offset);
  }
  SHEEN_ASSERT(total <= (length & 0xffffff));
  (void)wire::object_sizes(*striping, offset >> 1);
  return 0;
}
