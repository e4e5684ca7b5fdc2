// SPDX-License-Identifier: Apache-2.0
#pragma once

// The open directories: for each, entries that were received and not yet handed to the kernel, so
// that one request to the MDT feeds several READDIRs. Offsets are the MDT's cookies, which stay
// valid while others add and remove entries; what is kept here is used only if the kernel goes on
// exactly where it was left. The reactor's thread.

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "client-fuse/dirent_packer.h"
#include "lib/client/types.h"

namespace sheen::fuse {

struct DirectoryStream {
  client::Handle handle = 0;  // the MDT's
  uint64_t position = 0;      // the offset that `entries` come after
  std::deque<client::DirEntry> entries;
  bool with_attr = false;  // how they were asked for
  bool at_end = false;     // nothing comes after them
  bool loaded = false;     // false: position, entries and at_end mean nothing
  Fid parent;

  // Forgets everything unless it continues at `offset` with what is needed there.
  void seek(uint64_t offset, bool need_attr);
  // Moves into one reply what fits of `directory`. The entries that stay lose their attributes: by
  // the time the kernel asks for them they are old, and it would believe them, up to cutting pages
  // off. False: not even the first one fits.
  bool fill(DirentPacker& packer, Fid directory);
};

class DirectoryStreams {
 public:
  uint64_t open(client::Handle handle);
  void close(uint64_t id) { streams_.erase(id); }
  DirectoryStream* find(uint64_t id);
  size_t size() const { return streams_.size(); }

 private:
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, DirectoryStream> streams_;
};

}  // namespace sheen::fuse
