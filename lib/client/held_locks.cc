// SPDX-License-Identifier: Apache-2.0
#include "lib/client/held_locks.h"

#include <fcntl.h>

#include <algorithm>

namespace sheen::client {
namespace {

// A flock that is converted is given up first, as flock(2) warns.
bool lets_go(const FileLock& asked, int held_type) {
  if (asked.flock) return asked.type != held_type;
  return asked.type == F_UNLCK || (asked.type == F_RDLCK && held_type == F_WRLCK);
}

}  // namespace

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

HeldLocks HeldLocks::let_go(Fid fid, const FileLock& asked) {
  HeldLocks out;
  const Key key{fid, asked.flock, asked.owner};
  const auto found = owners_.find(key);
  if (found == owners_.end()) return out;
  for (const auto& [start, segment] : found->second) {
    const uint64_t from = asked.flock ? start : std::max(start, asked.start);
    const uint64_t to = asked.flock ? segment.end : std::min(segment.end, asked.end);
    if (from <= to && lets_go(asked, segment.type))
      out.owners_[key].emplace(from, Segment{to, segment.type, segment.pid});
  }
  for (Held& gone : out.all()) {
    gone.lock.type = asked.flock ? F_UNLCK : asked.type;
    apply(fid, gone.lock);
  }
  return out;
}

void HeldLocks::put_back(const HeldLocks& let_go) {
  for (const Held& held : let_go.all()) apply(held.fid, held.lock);
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
