// SPDX-License-Identifier: Apache-2.0
#include "lib/locks/file_lock_table.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "lib/base/assert.h"

namespace sheen::locks {
namespace {

size_t index_of(LockKind kind) { return static_cast<size_t>(kind); }

bool types_conflict(LockType a, LockType b) {
  return a == LockType::kWrite || b == LockType::kWrite;
}

// flock(2) locks cover the whole file, whatever was said about a range.
LockRequest normalised(LockRequest request) {
  if (request.kind == LockKind::kFlock) {
    request.start = 0;
    request.end = UINT64_MAX;
  }
  return request;
}

struct OwnerHash {
  size_t operator()(const LockOwner& o) const noexcept {
    return std::hash<Uuid>{}(o.client) ^ (o.owner * 0x9E3779B97F4A7C15ULL);
  }
};

// The first segment that ends at `start` or behind it.
template <class Segments>
auto first_reaching(Segments& segments, uint64_t start) {
  auto it = segments.upper_bound(start);
  if (it != segments.begin() && std::prev(it)->second.end >= start) --it;
  return it;
}

}  // namespace

Result<LockOutcome> FileLockTable::set(const LockRequest& asked, bool wait, uint64_t xid) {
  const LockRequest request = normalised(asked);
  if (request.end < request.start) return Error(Errc::kInvalid, "a lock's end before its start");
  if (wait && waits(request.owner.client, xid)) return LockOutcome::kWaiting;

  File& file = files_[request.file];
  Range freed = kNothing;
  const Status granted = try_grant(file, request, freed);
  Result<LockOutcome> outcome = LockOutcome::kGranted;
  if (!granted) {
    const Status queued =
        granted.code() == Errc::kAgain && wait ? enqueue(file, request, xid) : granted;
    if (queued)
      outcome = LockOutcome::kWaiting;
    else
      outcome = queued.error();
  }
  retry_waiters(file, request.kind, freed);
  forget_if_empty(request.file);
  forget_if_empty(request.owner.client);
  return outcome;
}

std::optional<HeldLock> FileLockTable::test(const LockRequest& asked) const {
  const LockRequest request = normalised(asked);
  const auto found = files_.find(request.file);
  if (found == files_.end() || request.end < request.start) return std::nullopt;
  std::optional<HeldLock> lowest;
  for (const auto& [owner, segments] : found->second.held[index_of(request.kind)]) {
    if (owner == request.owner) continue;
    for (auto it = first_reaching(segments, request.start);
         it != segments.end() && it->first <= request.end; ++it) {
      if (!types_conflict(request.type, it->second.type)) continue;
      if (!lowest || it->first < lowest->start)
        lowest = HeldLock{owner, it->second.type, it->first, it->second.end, it->second.pid};
      break;
    }
  }
  return lowest;
}

bool FileLockTable::cancel(const Uuid& client, uint64_t xid) {
  const auto known = clients_.find(client);
  if (known == clients_.end()) return false;
  const auto found = known->second.waits.find(xid);
  if (found == known->second.waits.end()) return false;
  const Fid fid = found->second->request.file;
  stop_waiting(files_.at(fid), found->second, Errc::kInterrupted);
  forget_if_empty(fid);
  return true;
}

void FileLockTable::release_owner(Fid fid, LockKind kind, const LockOwner& owner) {
  const auto found = files_.find(fid);
  if (found == files_.end()) return;
  if (drop_owner(fid, found->second, kind, owner)) retry_waiters(found->second, kind, Range{});
  forget_if_empty(fid);
  forget_if_empty(owner.client);
}

void FileLockTable::release_client(const Uuid& client) {
  const auto known = clients_.find(client);
  if (known == clients_.end()) return;
  // Its waiters first: nothing of what it lets go may be granted to itself.
  std::set<Fid> fids = known->second.files;
  const auto waits = known->second.waits;
  for (const auto& [xid, waiter] : waits) {
    const Fid fid = waiter->request.file;
    fids.insert(fid);
    stop_waiting(files_.at(fid), waiter, Errc::kEvicted);
  }
  for (const Fid fid : fids) {
    File& file = files_.at(fid);
    for (const LockKind kind : {LockKind::kPosix, LockKind::kFlock}) {
      auto& held = file.held[index_of(kind)];
      auto it = held.lower_bound(LockOwner{client, 0});
      bool dropped = false;
      while (it != held.end() && it->first.client == client) {
        const LockOwner owner = (it++)->first;
        dropped = drop_owner(fid, file, kind, owner) || dropped;
      }
      if (dropped) retry_waiters(file, kind, Range{});
    }
    forget_if_empty(fid);
  }
  forget_if_empty(client);
}

bool FileLockTable::restate(const LockRequest& asked) {
  const LockRequest request = normalised(asked);
  if (request.end < request.start) return false;
  File& file = files_[request.file];
  Range freed = kNothing;
  const bool kept = try_grant(file, request, freed).has_value();
  retry_waiters(file, request.kind, freed);
  forget_if_empty(request.file);
  forget_if_empty(request.owner.client);
  return kept;
}

std::vector<CompletedLock> FileLockTable::take_completed() { return std::exchange(completed_, {}); }

bool FileLockTable::waits(const Uuid& client, uint64_t xid) const {
  const auto known = clients_.find(client);
  return known != clients_.end() && known->second.waits.contains(xid);
}

size_t FileLockTable::held_count(const Uuid& client) const {
  const auto known = clients_.find(client);
  return known == clients_.end() ? 0 : known->second.held;
}

size_t FileLockTable::waiting_count(const Uuid& client) const {
  const auto known = clients_.find(client);
  return known == clients_.end() ? 0 : known->second.waits.size();
}

std::vector<HeldLock> FileLockTable::held_on(Fid fid, LockKind kind) const {
  std::vector<HeldLock> out;
  const auto found = files_.find(fid);
  if (found == files_.end()) return out;
  for (const auto& [owner, segments] : found->second.held[index_of(kind)])
    for (const auto& [start, segment] : segments)
      out.push_back({owner, segment.type, start, segment.end, segment.pid});
  return out;
}

bool FileLockTable::conflicts(const File& file, const LockRequest& request) {
  if (request.type == LockType::kUnlock) return false;
  for (const auto& [owner, segments] : file.held[index_of(request.kind)]) {
    if (owner == request.owner) continue;
    for (auto it = first_reaching(segments, request.start);
         it != segments.end() && it->first <= request.end; ++it)
      if (types_conflict(request.type, it->second.type)) return true;
  }
  return false;
}

void FileLockTable::blockers_of(const LockRequest& request, std::vector<LockOwner>& out) const {
  const auto found = files_.find(request.file);
  if (found == files_.end()) return;
  for (const auto& [owner, segments] : found->second.held[index_of(request.kind)]) {
    if (owner == request.owner) continue;
    for (auto it = first_reaching(segments, request.start);
         it != segments.end() && it->first <= request.end; ++it) {
      if (!types_conflict(request.type, it->second.type)) continue;
      out.push_back(owner);
      break;
    }
  }
}

// Follows "waits for a lock of" from the request's blockers; the graph is read off the table each
// time, because every grant and every unlock changes it.
bool FileLockTable::would_deadlock(const LockRequest& request) const {
  std::unordered_set<LockOwner, OwnerHash> seen;
  std::vector<LockOwner> next;
  blockers_of(request, next);
  while (!next.empty()) {
    const LockOwner owner = next.back();
    next.pop_back();
    if (owner == request.owner) return true;
    if (!seen.insert(owner).second) continue;
    const auto [from, to] = posix_waits_.equal_range(owner);
    for (auto it = from; it != to; ++it) blockers_of(it->second->request, next);
  }
  return false;
}

Status FileLockTable::try_grant(File& file, const LockRequest& request, Range& freed) {
  if (request.kind == LockKind::kPosix) {
    if (conflicts(file, request)) return Errc::kAgain;
    return apply_posix(file, request, freed);
  }
  auto& held = file.held[index_of(LockKind::kFlock)];
  const auto own = held.find(request.owner);
  if (own != held.end()) {
    if (own->second.begin()->second.type == request.type) return ok();
    drop_owner(request.file, file, LockKind::kFlock, request.owner);
    freed = Range{};
  }
  if (request.type == LockType::kUnlock) return ok();
  if (conflicts(file, request)) return Errc::kAgain;
  SHEEN_TRY(check_growth(request.owner.client, 0, 1));
  held[request.owner][request.start] = {request.end, request.type, request.pid};
  note_held(request, file, 0, 1);
  return ok();
}

Status FileLockTable::apply_posix(File& file, const LockRequest& request, Range& freed) {
  static const Segments kNone;
  const bool locking = request.type != LockType::kUnlock;
  const uint64_t start = request.start;
  const uint64_t end = request.end;
  auto& owners = file.held[index_of(LockKind::kPosix)];
  const auto own = owners.find(request.owner);
  const Segments& segments = own == owners.end() ? kNone : own->second;

  // What the range overlaps, and what of the same type touches it, is taken out; what of that
  // sticks out or is merged comes back.
  const auto merges = [&](const Segment& s) { return locking && s.type == request.type; };
  auto first = first_reaching(segments, start);
  if (first != segments.begin() && start > 0) {
    const auto left = std::prev(first);
    if (merges(left->second) && left->second.end == start - 1) first = left;
  }
  Range merged{start, end};
  std::array<std::pair<uint64_t, Segment>, 2> rest;
  size_t rest_count = 0;
  size_t taken = 0;
  bool weakened = false;
  auto last = first;
  for (; last != segments.end(); ++last, ++taken) {
    const auto& [from, segment] = *last;
    const bool touches = end != UINT64_MAX && from == end + 1 && merges(segment);
    if (from > end && !touches) break;
    if (merges(segment)) {
      merged = {std::min(merged.start, from), std::max(merged.end, segment.end)};
      continue;
    }
    weakened = weakened || !locking || segment.type == LockType::kWrite;
    if (from < start) rest[rest_count++] = {from, {start - 1, segment.type, segment.pid}};
    if (segment.end > end) rest[rest_count++] = {end + 1, segment};
  }
  const size_t added = rest_count + (locking ? 1 : 0);
  if (taken == 0 && added == 0) return ok();
  SHEEN_TRY(check_growth(request.owner.client, taken, added));

  if (own != owners.end()) own->second.erase(first, last);
  Segments& mine = owners[request.owner];
  for (size_t i = 0; i < rest_count; ++i) mine.insert(rest[i]);
  if (locking) mine[merged.start] = {merged.end, request.type, request.pid};
  if (mine.empty()) owners.erase(request.owner);
  note_held(request, file, taken, added);
  if (weakened) freed = {start, end};
  return ok();
}

Status FileLockTable::check_growth(const Uuid& client, size_t taken, size_t added) const {
  if (added <= taken) return ok();
  const size_t growth = added - taken;
  if (held_count(client) + growth > limits_.held_per_client || held_ + growth > limits_.held)
    return Error(Errc::kNoLocks, "the limit of held locks is reached");
  return ok();
}

Status FileLockTable::enqueue(File& file, const LockRequest& request, uint64_t xid) {
  const Uuid& id = request.owner.client;
  if (waiting_ >= limits_.waiting || waiting_count(id) >= limits_.waiting_per_client)
    return Error(Errc::kNoLocks, "the limit of waiting lock requests is reached");
  if (request.kind == LockKind::kPosix && would_deadlock(request)) return Errc::kDeadlock;
  const auto waiter = file.waiters.insert(file.waiters.end(), Waiter{request, xid});
  clients_[id].waits.emplace(xid, waiter);
  if (request.kind == LockKind::kPosix) posix_waits_.emplace(request.owner, waiter);
  ++waiting_;
  return ok();
}

bool FileLockTable::drop_owner(Fid fid, File& file, LockKind kind, const LockOwner& owner) {
  auto& held = file.held[index_of(kind)];
  const auto own = held.find(owner);
  if (own == held.end()) return false;
  const size_t count = own->second.size();
  held.erase(own);
  LockRequest dropped;
  dropped.file = fid;
  dropped.owner = owner;
  note_held(dropped, file, count, 0);
  return true;
}

void FileLockTable::retry_waiters(File& file, LockKind kind, Range freed) {
  while (freed.start <= freed.end) {
    // A waiter that is granted may itself give something up (a write lock becomes a read lock).
    Range freed_more = kNothing;
    for (auto it = file.waiters.begin(); it != file.waiters.end();) {
      const auto waiter = it++;
      const LockRequest& request = waiter->request;
      if (request.kind != kind || request.start > freed.end || request.end < freed.start) continue;
      Range more = kNothing;
      const Status granted = try_grant(file, request, more);
      if (more.start <= more.end) freed_more = Range{};
      if (granted.code() != Errc::kAgain) {
        stop_waiting(file, waiter, granted);
      } else if (kind == LockKind::kPosix && would_deadlock(request)) {
        stop_waiting(file, waiter, Errc::kDeadlock);
      }
    }
    freed = freed_more;
  }
}

void FileLockTable::stop_waiting(File& file, Waiters::iterator waiter, Status status) {
  const LockOwner owner = waiter->request.owner;
  if (waiter->request.kind == LockKind::kPosix) {
    const auto [from, to] = posix_waits_.equal_range(owner);
    const auto it = std::find_if(from, to, [&](const auto& row) { return row.second == waiter; });
    SHEEN_ASSERT(it != to);
    posix_waits_.erase(it);
  }
  clients_.at(owner.client).waits.erase(waiter->xid);
  completed_.push_back({owner.client, waiter->xid, std::move(status)});
  file.waiters.erase(waiter);
  --waiting_;
  forget_if_empty(owner.client);
}

void FileLockTable::note_held(const LockRequest& request, const File& file, size_t taken,
                              size_t added) {
  const Uuid& id = request.owner.client;
  Client& client = clients_[id];
  client.held = client.held - taken + added;
  held_ = held_ - taken + added;
  const auto holds = [&](const std::map<LockOwner, Segments>& held) {
    const auto it = held.lower_bound(LockOwner{id, 0});
    return it != held.end() && it->first.client == id;
  };
  if (added > 0 || holds(file.held[0]) || holds(file.held[1]))
    client.files.insert(request.file);
  else
    client.files.erase(request.file);
}

void FileLockTable::forget_if_empty(Fid fid) {
  const auto found = files_.find(fid);
  if (found != files_.end() && found->second.empty()) files_.erase(found);
}

void FileLockTable::forget_if_empty(const Uuid& client) {
  const auto known = clients_.find(client);
  if (known != clients_.end() && known->second.empty()) clients_.erase(known);
}

}  // namespace sheen::locks
