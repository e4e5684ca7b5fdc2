// SPDX-License-Identifier: Apache-2.0
#pragma once

// LockWaits: the SetLock requests that are on their way or wait at an MDT, so that they can be
// cancelled and so that an owner's release knows of a lock that may be about to be granted.
// The client's thread.

#include <map>
#include <memory>
#include <optional>

#include "lib/client/held_locks.h"
#include "lib/client/types.h"
#include "lib/rpc/import.h"

namespace sheen::client {

struct LockWaiting {
  Fid fid;
  FileLock lock;
  rpc::Import* import = nullptr;  // null: not sent yet
  uint64_t xid = 0;
  bool cancelled = false;
  HeldLocks let_go;  // taken out of what is held when it was sent
  Done<void> done;
};

class LockWaits {
 public:
  LockWait add(Fid fid, const FileLock& lock, Done<void> done) {
    const LockWait name = ++last_;
    waiting_.emplace(name, LockWaiting{fid, lock, nullptr, 0, false, {}, std::move(done)});
    return name;
  }
  LockWaiting* find(LockWait name) {
    const auto found = waiting_.find(name);
    return found == waiting_.end() ? nullptr : &found->second;
  }
  LockWaiting take(LockWait name) { return std::move(waiting_.extract(name).mapped()); }
  bool any(Fid fid, uint64_t owner, bool flock) const {
    for (const auto& [name, w] : waiting_)
      if (w.fid == fid && w.lock.owner == owner && w.lock.flock == flock) return true;
    return false;
  }
  // change(HeldLocks&): what no request may put back any more.
  template <class Change>
  void change_let_go(Change change) {
    for (auto& [name, w] : waiting_) change(w.let_go);
  }

 private:
  LockWait last_ = 0;
  std::map<LockWait, LockWaiting> waiting_;
};

}  // namespace sheen::client
