// SPDX-License-Identifier: Apache-2.0
#pragma once

// The fixed header: the first frame of every message. 128 bytes, little-endian, checksummed by
// itself so that it can be trusted without looking at the body (docs/protocol.md has the offsets).
// A plain value; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/wire/opcode.h"

namespace sheen::wire {

inline constexpr uint32_t kMagic = 0x314e4853;  // "SHN1"
inline constexpr uint16_t kVersionMajor = 2;    // another major is refused
inline constexpr uint16_t kVersionMinor = 0;    // fields and opcodes appended; exchanged at connect
inline constexpr size_t kHeaderBytes = 128;

enum HeaderFlags : uint16_t {
  kFlagReply = 1U << 0,
  kFlagResent = 1U << 1,   // this xid may have been seen before
  kFlagNotice = 1U << 2,   // server to client, never answered
  kFlagBulkCrc = 1U << 3,  // bulk_crc is filled in
};

// Requests that need no slot (nothing durable comes of them) carry this.
inline constexpr uint32_t kNoSlot = UINT32_MAX;

struct Header {
  uint16_t version_major = kVersionMajor;
  uint16_t version_minor = kVersionMinor;
  Opcode opcode{};
  uint16_t flags = 0;
  Errc status = Errc::kOk;  // replies only
  Uuid client;
  Uuid target;
  Epoch epoch = 0;  // the life of the target that the sender talks to, or is
  uint32_t slot = kNoSlot;
  uint64_t xid = 0;  // rises with every new request of a client to a target
  // Requests: every xid below this has been answered as far as the sender is concerned, so a late
  // copy of such a request is stale and dropped.
  uint64_t xid_floor = 0;
  Transno transno;    // replies: of the change; 0 if nothing changed
  Transno committed;  // replies: everything up to here survives a power cut
  uint32_t body_bytes = 0;
  uint32_t bulk_bytes = 0;
  uint32_t body_crc = 0;  // crc32c
  uint32_t bulk_crc = 0;  // crc32c, if kFlagBulkCrc

  bool is_reply() const { return (flags & kFlagReply) != 0; }
  bool is_notice() const { return (flags & kFlagNotice) != 0; }

  std::array<uint8_t, kHeaderBytes> encode() const;
  // kBadRequest: not ours or damaged (drop it). kBadVersion: ours, other major; `out` then holds
  // what is needed to answer.
  static Status decode(std::span<const uint8_t> frame, Header& out);
};

}  // namespace sheen::wire
