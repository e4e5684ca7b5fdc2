// SPDX-License-Identifier: Apache-2.0
#include "mds/store/layout_codec.h"

#include <type_traits>

#include "lib/base/limits.h"

namespace sheen::mds {
namespace {

constexpr uint8_t kLayoutVersion = 1;
constexpr uint8_t kHintVersion = 1;
constexpr uint8_t kPatternRaid0 = 0;

template <class Int>
void put(std::string& out, Int value) {
  using Unsigned = std::make_unsigned_t<Int>;
  auto rest = static_cast<Unsigned>(value);
  for (size_t i = 0; i < sizeof(Int); ++i) {
    out.push_back(static_cast<char>(rest & 0xff));
    if constexpr (sizeof(Int) > 1) rest = static_cast<Unsigned>(rest >> 8);
  }
}

// Reads past the end give 0 and clear `ok`.
struct Reader {
  std::string_view rest;
  bool ok = true;

  template <class Int>
  Int take() {
    if (rest.size() < sizeof(Int)) {
      ok = false;
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(Int); ++i)
      value |= uint64_t{static_cast<uint8_t>(rest[i])} << (8 * i);
    rest.remove_prefix(sizeof(Int));
    return static_cast<Int>(value);
  }
};

}  // namespace

std::string encode_striping(const wire::Striping& striping) {
  std::string out;
  if (striping.empty()) return out;
  put(out, kLayoutVersion);
  put(out, striping.generation);
  put(out, static_cast<uint16_t>(striping.components.size()));
  for (const wire::StripeComponent& component : striping.components) {
    put(out, component.extent_start);
    put(out, component.extent_end);
    put(out, kPatternRaid0);
    put(out, component.stripe_size);
    put(out, static_cast<uint16_t>(component.osts.size()));
    for (const uint16_t ost : component.osts) put(out, ost);
  }
  return out;
}

Result<wire::Striping> decode_striping(std::string_view stored) {
  wire::Striping striping;
  if (stored.empty()) return striping;
  const Error damaged(Errc::kCorrupt, "stored layout");
  Reader reader{stored};
  if (reader.take<uint8_t>() != kLayoutVersion) return damaged;
  striping.generation = reader.take<uint32_t>();
  const auto components = reader.take<uint16_t>();
  if (components == 0 || components > kComponentsMax) return damaged;
  for (uint16_t i = 0; i < components && reader.ok; ++i) {
    wire::StripeComponent component;
    component.extent_start = reader.take<uint64_t>();
    component.extent_end = reader.take<uint64_t>();
    if (reader.take<uint8_t>() != kPatternRaid0) return damaged;
    component.stripe_size = reader.take<uint32_t>();
    const auto stripes = reader.take<uint16_t>();
    if (stripes == 0 || stripes > kStripeCountMax || component.stripe_size == 0) return damaged;
    for (uint16_t k = 0; k < stripes && reader.ok; ++k)
      component.osts.push_back(reader.take<uint16_t>());
    striping.components.push_back(std::move(component));
  }
  if (!reader.ok || !reader.rest.empty()) return damaged;
  return striping;
}

std::string encode_hint(const StripeHint& hint) {
  std::string out;
  put(out, kHintVersion);
  put(out, hint.stripe_count);
  put(out, hint.stripe_size);
  put(out, hint.start_ost);
  return out;
}

Result<StripeHint> decode_hint(std::string_view stored) {
  StripeHint hint;
  if (stored.empty()) return hint;
  Reader reader{stored};
  const auto version = reader.take<uint8_t>();
  hint.stripe_count = reader.take<int32_t>();
  hint.stripe_size = reader.take<uint32_t>();
  hint.start_ost = reader.take<int32_t>();
  if (version != kHintVersion || !reader.ok || !reader.rest.empty())
    return Error(Errc::kCorrupt, "stored default striping");
  return hint;
}

}  // namespace sheen::mds
