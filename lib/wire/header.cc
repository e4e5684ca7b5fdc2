// SPDX-License-Identifier: Apache-2.0
#include "lib/wire/header.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/base/crc32c.h"

namespace sheen::wire {
namespace {

static_assert(std::endian::native == std::endian::little,
              "a big-endian port needs byte swaps in put() and get()");

// Offsets of docs/protocol.md.
enum Offset : size_t {
  kAtMagic = 0,
  kAtMajor = 4,
  kAtMinor = 6,
  kAtOpcode = 8,
  kAtFlags = 10,
  kAtStatus = 12,
  kAtClient = 16,
  kAtTarget = 32,
  kAtEpoch = 48,
  kAtXid = 56,
  kAtXidFloor = 64,
  kAtTransno = 72,
  kAtCommitted = 80,
  kAtSlot = 88,
  kAtBodyBytes = 92,
  kAtBulkBytes = 96,
  kAtBodyCrc = 100,
  kAtBulkCrc = 104,
  kAtHeaderCrc = 124,  // 108..123 are reserved and zero
};

template <class T>
void put(std::array<uint8_t, kHeaderBytes>& out, size_t at, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(out.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<const uint8_t> in, size_t at) {
  T value;
  std::memcpy(&value, in.data() + at, sizeof value);
  return value;
}

}  // namespace

std::array<uint8_t, kHeaderBytes> Header::encode() const {
  std::array<uint8_t, kHeaderBytes> out{};
  put(out, kAtMagic, kMagic);
  put(out, kAtMajor, version_major);
  put(out, kAtMinor, version_minor);
  put(out, kAtOpcode, opcode);
  put(out, kAtFlags, flags);
  put(out, kAtStatus, status);
  put(out, kAtClient, client.bytes);
  put(out, kAtTarget, target.bytes);
  put(out, kAtEpoch, epoch);
  put(out, kAtXid, xid);
  put(out, kAtXidFloor, xid_floor);
  put(out, kAtTransno, transno.value);
  put(out, kAtCommitted, committed.value);
  put(out, kAtSlot, slot);
  put(out, kAtBodyBytes, body_bytes);
  put(out, kAtBulkBytes, bulk_bytes);
  put(out, kAtBodyCrc, body_crc);
  put(out, kAtBulkCrc, bulk_crc);
  put(out, kAtHeaderCrc, crc32c(out.data(), kAtHeaderCrc));
  return out;
}

Status Header::decode(std::span<const uint8_t> frame, Header& out) {
  if (frame.size() != kHeaderBytes) return Error(Errc::kBadRequest, "header has a wrong size");
  if (get<uint32_t>(frame, kAtMagic) != kMagic)
    return Error(Errc::kBadRequest, "header has a foreign magic");
  if (get<uint32_t>(frame, kAtHeaderCrc) != crc32c(frame.data(), kAtHeaderCrc))
    return Error(Errc::kBadRequest, "header is damaged");
  out.version_major = get<uint16_t>(frame, kAtMajor);
  out.version_minor = get<uint16_t>(frame, kAtMinor);
  out.opcode = get<Opcode>(frame, kAtOpcode);
  out.flags = get<uint16_t>(frame, kAtFlags);
  out.status = get<Errc>(frame, kAtStatus);
  out.client.bytes = get<std::array<uint8_t, 16>>(frame, kAtClient);
  out.target.bytes = get<std::array<uint8_t, 16>>(frame, kAtTarget);
  out.epoch = get<uint64_t>(frame, kAtEpoch);
  out.xid = get<uint64_t>(frame, kAtXid);
  out.xid_floor = get<uint64_t>(frame, kAtXidFloor);
  out.transno.value = get<uint64_t>(frame, kAtTransno);
  out.committed.value = get<uint64_t>(frame, kAtCommitted);
  out.slot = get<uint32_t>(frame, kAtSlot);
  out.body_bytes = get<uint32_t>(frame, kAtBodyBytes);
  out.bulk_bytes = get<uint32_t>(frame, kAtBulkBytes);
  out.body_crc = get<uint32_t>(frame, kAtBodyCrc);
  out.bulk_crc = get<uint32_t>(frame, kAtBulkCrc);
  if (out.version_major != kVersionMajor)
    return Error(Errc::kBadVersion, "the peer's protocol major is not ours");
  return ok();
}

}  // namespace sheen::wire
