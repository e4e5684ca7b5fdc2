// SPDX-License-Identifier: Apache-2.0
#pragma once

// DirentPacker: fills one READDIR or READDIRPLUS reply, up to the size that the kernel asked for.
// A value on the stack of the operation.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/client/types.h"

namespace sheen::fuse {

class DirentPacker {
 public:
  DirentPacker(size_t size_max, bool plus) : bytes_(size_max), plus_(plus) {}

  // False if it does not fit; `next` is the offset to go on from behind it. With `plus`, an entry
  // that has attributes counts as looked up, and one that has none is only named.
  bool add(const client::DirEntry& entry, uint64_t next);
  // "." and "..", which are never looked up.
  bool add_dot(const char* name, Fid fid, uint64_t next);

  const char* data() const { return bytes_.data(); }
  size_t size() const { return used_; }

 private:
  bool append(const std::string& name, const client::DirEntry& entry, bool looked_up,
              uint64_t next);

  std::vector<char> bytes_;
  size_t used_ = 0;
  bool plus_;
};

}  // namespace sheen::fuse
