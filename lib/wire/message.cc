// SPDX-License-Identifier: Apache-2.0
#include "lib/wire/message.h"

#include "lib/base/assert.h"
#include "lib/base/crc32c.h"
#include "lib/base/limits.h"

namespace sheen::wire {

std::vector<Buffer> to_frames(Message& message, bool bulk_crc) {
  SHEEN_ASSERT(message.body.size() <= kBodyMax && message.bulk.size() <= kBulkMax);
  Header& header = message.header;
  header.body_bytes = static_cast<uint32_t>(message.body.size());
  header.bulk_bytes = static_cast<uint32_t>(message.bulk.size());
  header.body_crc = crc32c(message.body.data(), message.body.size());
  header.flags &= static_cast<uint16_t>(~kFlagBulkCrc);
  if (bulk_crc && !message.bulk.empty()) {
    header.flags |= kFlagBulkCrc;
    header.bulk_crc = crc32c(message.bulk.data(), message.bulk.size());
  }
  const auto encoded = header.encode();
  std::vector<Buffer> frames;
  frames.reserve(3);
  frames.push_back(Buffer::copy_of(encoded.data(), encoded.size()));
  frames.push_back(message.body);
  if (!message.bulk.empty()) frames.push_back(message.bulk);
  return frames;
}

Unframed from_frames(const std::vector<Buffer>& frames) {
  Unframed out;
  if (frames.empty()) {
    out.status = Error(Errc::kBadRequest, "message without frames");
    return out;
  }
  out.status = Header::decode(frames[0].span(), out.message.header);
  if (!out.status) {
    out.answerable = out.status.code() == Errc::kBadVersion;
    return out;
  }
  // From here on the header is whole, so whoever sent it can be told.
  out.answerable = true;
  const Header& header = out.message.header;
  const size_t expected = header.bulk_bytes != 0 ? 3 : 2;
  if (frames.size() != expected || header.body_bytes > kBodyMax || header.bulk_bytes > kBulkMax ||
      frames[1].size() != header.body_bytes ||
      (expected == 3 && frames[2].size() != header.bulk_bytes)) {
    out.status = Error(Errc::kBadRequest, "frames do not fit the header");
    return out;
  }
  if (crc32c(frames[1].data(), frames[1].size()) != header.body_crc) {
    out.status = Error(Errc::kBadRequest, "body is damaged");
    return out;
  }
  if (expected == 3 && (header.flags & kFlagBulkCrc) != 0 &&
      crc32c(frames[2].data(), frames[2].size()) != header.bulk_crc) {
    out.status = Error(Errc::kBadRequest, "bulk payload is damaged");
    return out;
  }
  out.message.body = frames[1];
  if (expected == 3) out.message.bulk = frames[2];
  return out;
}

}  // namespace sheen::wire
