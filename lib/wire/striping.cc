// SPDX-License-Identifier: Apache-2.0
#include "lib/wire/striping.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"

namespace sheen::wire {
namespace {

Status check(const Striping& striping) {
  uint64_t end = 0;
  for (const StripeComponent& c : striping.components) {
    if (c.osts.empty() || c.osts.size() > kStripeCountMax || c.stripe_size < kStripeSizeMin ||
        c.stripe_size > kStripeSizeMax || c.stripe_size % kStripeSizeMin != 0 ||
        c.extent_start < end || c.extent_end <= c.extent_start)
      return Error(Errc::kCorrupt, "layout");
    end = c.extent_end;
  }
  if (striping.components.size() > kComponentsMax) return Error(Errc::kCorrupt, "layout");
  return ok();
}

// Bytes of object `stripe` that lie below `length` bytes of the component.
uint64_t object_bytes(const StripeComponent& c, uint16_t stripe, uint64_t length) {
  const uint64_t round = uint64_t{c.stripe_size} * c.osts.size();
  const uint64_t whole = length / round * c.stripe_size;
  const uint64_t rest = length % round;
  const uint64_t begin = uint64_t{c.stripe_size} * stripe;
  return whole + (rest > begin ? std::min<uint64_t>(rest - begin, c.stripe_size) : 0);
}

}  // namespace

Result<Striping> Striping::from(const Layout* layout) {
  Striping out;
  if (layout == nullptr) return out;
  out.generation = layout->generation();
  if (layout->components() != nullptr) {
    for (const Component* c : *layout->components()) {
      StripeComponent row{c->extent_start(), c->extent_end(), c->stripe_size(), {}};
      if (c->pattern() != 0)
        return Error(Errc::kNotSupported, fmt::format("layout pattern {}", c->pattern()));
      if (c->osts() != nullptr) row.osts.assign(c->osts()->begin(), c->osts()->end());
      out.components.push_back(std::move(row));
    }
  }
  SHEEN_TRY(check(out));
  return out;
}

Result<Striping> Striping::from(const LayoutT& layout) {
  Striping out;
  out.generation = layout.generation;
  for (const auto& c : layout.components)
    out.components.push_back({c->extent_start, c->extent_end, c->stripe_size, c->osts});
  SHEEN_TRY(check(out));
  return out;
}

LayoutT Striping::to_layout() const {
  LayoutT out;
  out.generation = generation;
  for (const StripeComponent& c : components) {
    auto row = std::make_unique<ComponentT>();
    row->extent_start = c.extent_start;
    row->extent_end = c.extent_end;
    row->stripe_size = c.stripe_size;
    row->osts = c.osts;
    out.components.push_back(std::move(row));
  }
  return out;
}

Result<std::vector<Chunk>> map_range(const Striping& striping, uint64_t offset, uint64_t length) {
  if (offset > kFileSizeMax || length > kFileSizeMax - offset) return Errc::kFileTooBig;
  std::vector<Chunk> out;
  const uint64_t end = offset + length;
  for (size_t i = 0; i < striping.components.size(); ++i) {
    const StripeComponent& c = striping.components[i];
    uint64_t at = std::max(offset, c.extent_start);
    const uint64_t stop = std::min(end, c.extent_end);
    while (at < stop) {
      const uint64_t inside = at - c.extent_start;
      const uint64_t index = inside / c.stripe_size;
      const uint64_t within = inside % c.stripe_size;
      const auto stripe = static_cast<uint16_t>(index % c.osts.size());
      Chunk chunk;
      chunk.component = static_cast<uint16_t>(i);
      chunk.stripe = stripe;
      chunk.ost = c.osts[stripe];
      chunk.file_offset = at;
      chunk.object_offset = index / c.osts.size() * c.stripe_size + within;
      // With one stripe the object is as contiguous as the file.
      chunk.length = c.osts.size() == 1 ? stop - at : std::min(stop - at, c.stripe_size - within);
      at += chunk.length;
      out.push_back(chunk);
    }
  }
  return out;
}

std::vector<Chunk> object_sizes(const Striping& striping, uint64_t file_size) {
  std::vector<Chunk> out;
  for (size_t i = 0; i < striping.components.size(); ++i) {
    const StripeComponent& c = striping.components[i];
    const uint64_t length =
        file_size > c.extent_start ? std::min(file_size, c.extent_end) - c.extent_start : 0;
    for (size_t stripe = 0; stripe < c.osts.size(); ++stripe) {
      const auto s = static_cast<uint16_t>(stripe);
      out.push_back(
          {static_cast<uint16_t>(i), s, c.osts[stripe], 0, 0, object_bytes(c, s, length)});
    }
  }
  return out;
}

uint64_t file_offset_of(const Striping& striping, uint16_t component, uint16_t stripe,
                        uint64_t object_offset) {
  SHEEN_ASSERT(component < striping.components.size());
  const StripeComponent& c = striping.components[component];
  SHEEN_ASSERT(stripe < c.osts.size());
  const uint64_t row = object_offset / c.stripe_size;
  const uint64_t within = object_offset % c.stripe_size;
  return c.extent_start + (row * c.osts.size() + stripe) * c.stripe_size + within;
}

uint64_t file_size_of(const Striping& striping, uint16_t component, uint16_t stripe,
                      uint64_t object_size) {
  if (object_size == 0) return 0;
  return file_offset_of(striping, component, stripe, object_size - 1) + 1;
}

}  // namespace sheen::wire
