// SPDX-License-Identifier: Apache-2.0
#include "lib/client/held_locks.h"

#include <fcntl.h>

namespace sheen::client {

void HeldLocks::apply(Fid fid, const FileLock& lock) {
  const Key key{fid, lock.flock, lock.owner};
  const uint64_t start = lock.flock ? 0 : lock.start;
  const uint64_t end = lock.flock ? UINT64_MAX : lock.end;
  if (end < start) return;
  Segments& segments = owners_[key];

  // Cut away what the range covers.
  auto it = segments.upper_bound(start);
  if (it != segments.begin() && std::prev(it)->second.end >= start) --it;
  while (it != segments.end() && it->first <= end) {
    const uint64_t old_start = it->first;
    const Segment old = it->second;
    it = segments.erase(it);
    if (old_start < start) segments.emplace(old_start, Segment{start - 1, old.type, old.pid});
    if (old.end > end) it = segments.emplace(end + 1, old).first;
  }

  if (lock.type != F_UNLCK) {
    auto here = segments.emplace(start, Segment{end, lock.type, lock.pid}).first;
    auto next = std::next(here);
    if (next != segments.end() && end != UINT64_MAX && next->first == end + 1 &&
        next->second.type == lock.type) {
      here->second.end = next->second.end;
      segments.erase(next);
    }
    if (here != segments.begin()) {
      auto previous = std::prev(here);
      if (previous->second.end == start - 1 && previous->second.type == lock.type) {
        previous->second.end = here->second.end;
        segments.erase(here);
      }
    }
  }
  if (segments.empty()) owners_.erase(key);
}

void HeldLocks::release_owner(Fid fid, uint64_t owner, bool flock) {
  owners_.erase(Key{fid, flock, owner});
}

bool HeldLocks::holds(Fid fid, uint64_t owner, bool flock) const {
  return owners_.contains(Key{fid, flock, owner});
}

void HeldLocks::forget_if(const std::function<bool(Fid)>& which) {
  std::erase_if(owners_, [&](const auto& row) { return which(row.first.fid); });
}

std::vector<HeldLocks::Held> HeldLocks::all() const {
  std::vector<Held> out;
  for (const auto& [key, segments] : owners_) {
    for (const auto& [start, segment] : segments)
      out.push_back(
          {key.fid, {start, segment.end, segment.type, key.owner, segment.pid, key.flock}});
  }
  return out;
}

size_t HeldLocks::size() const {
  size_t sum = 0;
  for (const auto& [key, segments] : owners_) sum += segments.size();
  return sum;
}

}  // namespace sheen::client
