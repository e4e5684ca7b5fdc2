// SPDX-License-Identifier: Apache-2.0
#include "lib/client/object_state.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/limits.h"

namespace sheen::client {

ObjectState ObjectState::from(const wire::ObjectAttr* attr) {
  if (attr == nullptr || !attr->exists()) return {};
  return {true, attr->size(), attr->blocks(), attr->mtime(), attr->ctime()};
}

std::vector<ObjectRef> objects_of(const wire::Striping& striping) {
  std::vector<ObjectRef> out;
  out.reserve(object_count(striping));
  for (size_t c = 0; c < striping.components.size(); ++c) {
    const auto& osts = striping.components[c].osts;
    for (size_t s = 0; s < osts.size(); ++s)
      out.push_back({static_cast<uint16_t>(c), static_cast<uint16_t>(s), osts[s]});
  }
  return out;
}

ObjectRef object_at(const wire::Striping& striping, size_t index) {
  size_t stripe = index;
  for (size_t c = 0; c < striping.components.size(); ++c) {
    const auto& osts = striping.components[c].osts;
    if (stripe < osts.size())
      return {static_cast<uint16_t>(c), static_cast<uint16_t>(stripe), osts[stripe]};
    stripe -= osts.size();
  }
  SHEEN_ASSERT(!"an object's index lies within its layout");
  return {};
}

size_t object_count(const wire::Striping& striping) {
  size_t count = 0;
  for (const auto& c : striping.components) count += c.osts.size();
  return count;
}

size_t object_index(const wire::Striping& striping, uint16_t component, uint16_t stripe) {
  SHEEN_ASSERT(component < striping.components.size());
  size_t index = stripe;
  for (size_t c = 0; c < component; ++c) index += striping.components[c].osts.size();
  return index;
}

FileState file_state(const wire::Striping& striping, std::span<const ObjectState> states) {
  FileState out;
  const std::vector<ObjectRef> objects = objects_of(striping);
  SHEEN_ASSERT(objects.size() == states.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    const ObjectState& state = states[i];
    if (!state.exists) continue;
    // An OST's numbers are foreign: a size that cannot be is cut off instead of wrapped around.
    const uint64_t size = std::min(state.size, kFileSizeMax);
    const uint64_t file_size =
        wire::file_size_of(striping, objects[i].component, objects[i].stripe, size);
    out.size = std::max(out.size, std::min(std::max(file_size, size), kFileSizeMax));
    out.blocks += state.blocks;
    if (state.ctime > out.ctime || (state.ctime == out.ctime && state.mtime > out.mtime)) {
      out.ctime = state.ctime;
      out.mtime = state.mtime;
    }
  }
  return out;
}

std::vector<ObjectRange> object_ranges(const wire::Striping& striping, uint64_t offset,
                                       uint64_t length) {
  SHEEN_ASSERT(offset <= kFileSizeMax && length <= kFileSizeMax - offset);
  const std::vector<wire::Chunk> before = wire::object_sizes(striping, offset);
  const std::vector<wire::Chunk> after = wire::object_sizes(striping, offset + length);
  std::vector<ObjectRange> out;
  for (size_t i = 0; i < before.size(); ++i) {
    if (after[i].length > before[i].length)
      out.push_back({i, before[i].length, after[i].length - before[i].length});
  }
  return out;
}

}  // namespace sheen::client
