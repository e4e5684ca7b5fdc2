// SPDX-License-Identifier: Apache-2.0
#pragma once

// OpenTable: which client has which inode open, under handle numbers that the clients choose. In
// memory only: after a restart clients restate their handles. Owned by the Mdt; lane thread.

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "lib/base/ids.h"

namespace sheen::mds {

// Of open(2)'s flags, those that matter after the open; FMODE_EXEC comes from the kernel's FUSE.
inline constexpr uint32_t kOpenForExec = 0x20;
bool opens_for_write(uint32_t flags);

struct OpenFile {
  Fid fid;
  uint32_t flags = 0;
};

class OpenTable {
 public:
  // A handle that is known already takes the new meaning.
  void add(const Uuid& client, uint64_t handle, OpenFile file);
  const OpenFile* find(const Uuid& client, uint64_t handle) const;
  // Under any handle. Walks the client's handles: for directories, which are seldom open long.
  bool has_open(const Uuid& client, Fid fid) const;
  // How often that client has it open for writing. Walks the client's handles unless nobody has.
  uint32_t writers_of(const Uuid& client, Fid fid) const;
  // False: no such handle.
  bool remove(const Uuid& client, uint64_t handle);
  // All of a client; returns what they were.
  std::vector<OpenFile> remove_client(const Uuid& client);

  bool is_open(Fid fid) const { return counts_.contains(fid); }
  uint32_t writers(Fid fid) const;
  uint32_t count(const Uuid& client) const;
  uint64_t size() const { return size_; }

 private:
  struct Counts {
    uint32_t opens = 0;
    uint32_t writers = 0;
  };
  void release(const OpenFile& file);

  std::unordered_map<Uuid, std::map<uint64_t, OpenFile>> clients_;
  std::unordered_map<Fid, Counts> counts_;
  uint64_t size_ = 0;
};

}  // namespace sheen::mds
