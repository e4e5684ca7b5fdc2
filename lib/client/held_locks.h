// SPDX-License-Identifier: Apache-2.0
#pragma once

// HeldLocks: the fcntl and flock locks that the MDTs have granted to this client, kept so that they
// can be restated to an MDT that restarted. Conflicts and waiting are the MDT's business; here is
// only what one owner holds, with fcntl(2)'s rule that a newly set range replaces what it covers,
// splits what it cuts and joins its equals. The client's thread.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "lib/base/ids.h"
#include "lib/client/types.h"

namespace sheen::client {

class HeldLocks {
 public:
  // The MDT granted `lock` (F_RDLCK, F_WRLCK) or removed the range (F_UNLCK).
  void apply(Fid fid, const FileLock& lock);
  // For a request that removes or weakens locks, before it is sent: as soon as the MDT has done it
  // others may be granted what was let go, and the answer may come late. Returns what was taken
  // away.
  HeldLocks let_go(Fid fid, const FileLock& asked);
  // The request was not done.
  void put_back(const HeldLocks& let_go);
  void release_owner(Fid fid, uint64_t owner, bool flock);
  bool holds(Fid fid, uint64_t owner, bool flock) const;
  void forget_if(const std::function<bool(Fid)>& which);

  struct Held {
    Fid fid;
    FileLock lock;
  };
  // In order of fid, kind, owner and start.
  std::vector<Held> all() const;
  size_t size() const;

 private:
  struct Key {
    Fid fid;
    bool flock = false;
    uint64_t owner = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Segment {
    uint64_t end = 0;
    int type = 0;
    uint32_t pid = 0;
  };
  using Segments = std::map<uint64_t, Segment>;  // by start; disjoint; equal neighbours joined

  std::map<Key, Segments> owners_;  // none empty
};

}  // namespace sheen::client
