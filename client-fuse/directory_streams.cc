// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/directory_streams.h"

namespace sheen::fuse {

void DirectoryStream::seek(uint64_t offset, bool need_attr) {
  const bool usable = loaded && position == offset && (with_attr || !need_attr);
  // Offset 0 is opendir(3) or rewinddir(3), which must see the directory as it is now.
  if (usable && offset != 0) return;
  position = offset;
  entries.clear();
  at_end = false;
  loaded = false;
}

uint64_t DirectoryStreams::open() {
  streams_.emplace(++last_id_, DirectoryStream{});
  return last_id_;
}

DirectoryStream* DirectoryStreams::find(uint64_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace sheen::fuse
