// SPDX-License-Identifier: Apache-2.0
// Any frames are either a message or a definite error. The input is cut into up to five frames;
// with an odd first byte the header's checksum is mended, so that what lies behind it is reached
// too.
#include <cstdint>
#include <cstring>
#include <vector>

#include "lib/base/assert.h"
#include "lib/base/crc32c.h"
#include "lib/wire/message.h"

using namespace sheen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool mend = (data[0] & 1) != 0;
  size_t count = data[0] >> 1 & 7;
  ++data;
  --size;
  std::vector<Buffer> frames;
  for (; count != 0 && size != 0; --count) {
    const size_t want = frames.empty() ? wire::kHeaderBytes : 1 + data[0];
    const size_t take = want < size ? want : size;
    frames.push_back(Buffer::copy_of(data, take));
    data += take;
    size -= take;
  }
  if (mend && !frames.empty() && frames[0].size() == wire::kHeaderBytes) {
    uint8_t* header = frames[0].mutable_data();
    std::memcpy(header, &wire::kMagic, sizeof wire::kMagic);
    const uint32_t crc = crc32c(header, 124);
    std::memcpy(header + 124, &crc, sizeof crc);
  }
  wire::Unframed out = wire::from_frames(frames);
  if (out.status) {
    // What was accepted says the same when it is sent on.
    const auto again = wire::to_frames(out.message, out.message.header.flags & wire::kFlagBulkCrc);
    SHEEN_ASSERT(again.size() == frames.size());
  }
  return 0;
}
