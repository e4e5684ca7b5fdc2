// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/directory_streams.h"

namespace sheen::fuse {
namespace {

// Offsets, from the glossary of cookies: behind "." and behind "..".
constexpr uint64_t kBehindDot = 1;
constexpr uint64_t kBehindDotDot = 2;

}  // namespace

void DirectoryStream::seek(uint64_t offset, bool need_attr) {
  const bool usable = loaded && position == offset && (with_attr || !need_attr);
  // Offset 0 is opendir(3) or rewinddir(3), which must see the directory as it is now.
  if (usable && offset != 0) return;
  position = offset;
  entries.clear();
  at_end = false;
  loaded = false;
}

bool DirectoryStream::fill(DirentPacker& packer, Fid directory) {
  bool full = false;
  const auto add_dot = [&](const char* name, Fid fid, uint64_t next) {
    full = full || !packer.add_dot(name, fid, next);
    if (!full) position = next;
  };
  if (position < kBehindDot) add_dot(".", directory, kBehindDot);
  if (position < kBehindDotDot) add_dot("..", parent.valid() ? parent : directory, kBehindDotDot);
  while (!full && !entries.empty()) {
    const client::DirEntry& entry = entries.front();
    full = !packer.add(entry, entry.cookie);
    if (full) break;
    position = entry.cookie;
    entries.pop_front();
  }
  for (client::DirEntry& entry : entries) entry.attr.reset();
  return !full || packer.size() != 0;
}

uint64_t DirectoryStreams::open(client::Handle handle) {
  streams_.emplace(++last_id_, DirectoryStream{.handle = handle});
  return last_id_;
}

DirectoryStream* DirectoryStreams::find(uint64_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace sheen::fuse
