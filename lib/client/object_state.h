// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the objects of a file say about it (docs/architecture.md, Size and times), and which objects
// a layout has. Objects are numbered through all components: the index used here and by OpenInode.
// Pure functions of plain values; any thread.

#include <cstdint>
#include <span>
#include <vector>

#include "lib/base/clock.h"
#include "lib/wire/codec.h"
#include "lib/wire/striping.h"

namespace sheen::client {

struct ObjectState {
  bool exists = false;
  uint64_t size = 0;
  uint64_t blocks = 0;
  RealtimeNs mtime = 0;
  RealtimeNs ctime = 0;
  bool operator==(const ObjectState&) const = default;
  static ObjectState from(const wire::ObjectAttr* attr);  // null: absent
};

struct ObjectRef {
  uint16_t component = 0;
  uint16_t stripe = 0;
  uint16_t ost = 0;
};

std::vector<ObjectRef> objects_of(const wire::Striping& striping);
ObjectRef object_at(const wire::Striping& striping, size_t index);
size_t object_count(const wire::Striping& striping);
size_t object_index(const wire::Striping& striping, uint16_t component, uint16_t stripe);

struct FileState {
  uint64_t size = 0;
  uint64_t blocks = 0;
  RealtimeNs mtime = 0;  // 0: no object exists, the MDT's counts
  RealtimeNs ctime = 0;  // the latest; 0: no object exists
};

// `states` by index.
FileState file_state(const wire::Striping& striping, std::span<const ObjectState> states);

// A file range as one range per object: RAID-0 keeps what is contiguous in the file contiguous in
// each object. Objects that have no part in it are left out. Cheap for any length, unlike
// wire::map_range. The end must not pass kFileSizeMax.
struct ObjectRange {
  size_t index = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};
std::vector<ObjectRange> object_ranges(const wire::Striping& striping, uint64_t offset,
                                       uint64_t length);

}  // namespace sheen::client
