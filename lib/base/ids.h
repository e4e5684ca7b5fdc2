// SPDX-License-Identifier: Apache-2.0
#pragma once

// Identifiers (docs/glossary.md). All are plain values; any thread may use them.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace sheen {

class Random;

// A file system object's identity, also its st_ino: sequence (high 32) and object number (low 32).
// A sequence belongs to one MDT. Never reused.
struct Fid {
  uint64_t value = 0;

  static constexpr Fid make(uint32_t sequence, uint32_t object) {
    return Fid{(uint64_t{sequence} << 32) | object};
  }
  constexpr uint32_t sequence() const { return static_cast<uint32_t>(value >> 32); }
  constexpr uint32_t object() const { return static_cast<uint32_t>(value); }
  constexpr bool valid() const { return value != 0; }
  auto operator<=>(const Fid&) const = default;
  std::string to_string() const;                    // "[0x1a:0x2f]"
  static Result<Fid> parse(std::string_view text);  // what to_string() prints, or a number
};

// The root directory. Sequence 0 is reserved for well-known objects; 1 is also FUSE's root node id.
inline constexpr Fid kRootFid{1};
inline constexpr uint32_t kFirstSequence = 0x10;  // the first one that the MGS hands out

// An object on an OST, named after the file it belongs to.
struct ObjectId {
  Fid fid;
  uint16_t component = 0;
  uint16_t stripe = 0;
  auto operator<=>(const ObjectId&) const = default;
  std::string to_string() const;  // "[0x1a:0x2f].0.3"
};

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  bool is_nil() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;
  std::string to_string() const;
  static Result<Uuid> parse(std::string_view text);
  static Uuid generate(Random& random);  // RFC 4122 version 4
};

// One life of a target; rises by one at every start, durable before anything is served.
using Epoch = uint64_t;
inline constexpr unsigned kEpochBits = 24;
inline constexpr Epoch kEpochMax = (Epoch{1} << kEpochBits) - 1;

// The order of changes on one target: epoch (high 24), counter (low 40). 0 is "none".
struct Transno {
  uint64_t value = 0;
  static constexpr Transno make(Epoch epoch, uint64_t counter) {
    return Transno{(epoch << 40) | counter};
  }
  constexpr Epoch epoch() const { return value >> 40; }
  constexpr uint64_t counter() const { return value & ((uint64_t{1} << 40) - 1); }
  auto operator<=>(const Transno&) const = default;
};

enum class TargetKind : uint8_t { kMgt = 1, kMdt = 2, kOst = 3 };
std::string_view to_string(TargetKind kind);  // "MGT", "MDT", "OST"

// "demo-MDT0001": file system name, kind, index in four hex digits; the MGT has no index.
struct TargetLabel {
  std::string fsname;
  TargetKind kind = TargetKind::kMgt;
  uint16_t index = 0;
  auto operator<=>(const TargetLabel&) const = default;
  std::string to_string() const;
  static Result<TargetLabel> parse(std::string_view text);
};

// 1..8 letters, digits, '_' or '-', starting with a letter: as Lustre, so that labels stay short.
Status check_fsname(std::string_view fsname);

}  // namespace sheen

template <>
struct std::hash<sheen::Fid> {  // for in-memory tables only, never on wire or disk
  size_t operator()(const sheen::Fid& f) const noexcept { return f.value * 0x9E3779B97F4A7C15ULL; }
};
template <>
struct std::hash<sheen::ObjectId> {
  size_t operator()(const sheen::ObjectId& o) const noexcept {
    return (o.fid.value ^ (uint64_t{o.component} << 48) ^ (uint64_t{o.stripe} << 32)) *
           0x9E3779B97F4A7C15ULL;
  }
};
template <>
struct std::hash<sheen::Uuid> {
  size_t operator()(const sheen::Uuid& u) const noexcept {
    uint64_t high = 0;
    uint64_t low = 0;
    for (int i = 0; i < 8; ++i) {
      high = high << 8 | u.bytes[i];
      low = low << 8 | u.bytes[i + 8];
    }
    return (high ^ low) * 0x9E3779B97F4A7C15ULL;
  }
};
