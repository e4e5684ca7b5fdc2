// SPDX-License-Identifier: Apache-2.0
#pragma once

// The open directories: for each, entries that were received and not yet handed to the kernel, so
// that one request to the MDT feeds several READDIRs. Offsets are the MDT's cookies, which stay
// valid while others add and remove entries; what is kept here is used only if the kernel goes on
// exactly where it was left. The reactor's thread.

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "lib/client/types.h"

namespace sheen::fuse {

struct DirectoryStream {
  uint64_t position = 0;  // the offset that `entries` come after
  std::deque<client::DirEntry> entries;
  bool with_attr = false;  // how they were asked for
  bool at_end = false;     // nothing comes after them
  bool loaded = false;     // false: position, entries and at_end mean nothing
  Fid parent;

  // Forgets everything unless it continues at `offset` with what is needed there.
  void seek(uint64_t offset, bool need_attr);
};

class DirectoryStreams {
 public:
  uint64_t open();
  void close(uint64_t id) { streams_.erase(id); }
  DirectoryStream* find(uint64_t id);
  size_t size() const { return streams_.size(); }

 private:
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, DirectoryStream> streams_;
};

}  // namespace sheen::fuse
