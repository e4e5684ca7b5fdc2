// SPDX-License-Identifier: Apache-2.0
#pragma once

// FileLockTable: the fcntl(2) record locks and flock(2) locks of many clients, in memory, with the
// rules of Linux's fs/locks.c. It knows neither sockets nor time: a request that must wait is kept
// here and turns up in take_completed() when another call has let it through.
//
// The two kinds are two spaces that never conflict with each other:
//   kPosix  byte ranges with inclusive ends; one owner never conflicts with itself; setting a range
//           replaces, splits and merges what the owner had there; waiting for a cycle is kDeadlock
//   kFlock  the whole file; a conversion first gives up the old lock, as flock(2) warns, so a
//   failed
//           one leaves nothing; no deadlock detection
// Nothing is kept for waiters but their turn: a request that conflicts with no held lock is granted
// at once, even while others wait (as Linux does). When a range is freed, its waiters are tried in
// the order in which they came.
//
// Memory is bounded by Limits. Owned by the MDT; belongs to the lane's thread.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::locks {

enum class LockKind : uint8_t { kPosix = 0, kFlock = 1 };

// Linux's F_RDLCK, F_WRLCK, F_UNLCK; also the values on the wire.
enum class LockType : uint8_t { kRead = 0, kWrite = 1, kUnlock = 2 };

// A client's kernel numbers its owners (struct files_struct or struct file); together with the
// client's uuid that is an owner here.
struct LockOwner {
  Uuid client;
  uint64_t owner = 0;
  auto operator<=>(const LockOwner&) const = default;
};

struct LockRequest {
  Fid file;
  LockKind kind = LockKind::kPosix;
  LockOwner owner;
  LockType type = LockType::kRead;
  uint64_t start = 0;         // kFlock: start and end are ignored
  uint64_t end = UINT64_MAX;  // inclusive
  uint32_t pid = 0;           // for F_GETLK only
};

struct HeldLock {
  LockOwner owner;
  LockType type = LockType::kRead;
  uint64_t start = 0;
  uint64_t end = UINT64_MAX;
  uint32_t pid = 0;
};

// A request that waited, at its end: granted (ok), kDeadlock, kNoLocks, kInterrupted (cancelled)
// or kEvicted (its client is gone).
struct CompletedLock {
  Uuid client;
  uint64_t xid = 0;
  Status status;
};

struct LockLimits {
  size_t held_per_client = 65536;  // segments after splitting and merging
  size_t waiting_per_client = 4096;
  size_t held = 1U << 20;  // of all clients
  size_t waiting = 1U << 16;
};

enum class LockOutcome { kGranted, kWaiting };

class FileLockTable {
 public:
  explicit FileLockTable(LockLimits limits = {}) : limits_(limits) {}
  FileLockTable(const FileLockTable&) = delete;
  FileLockTable& operator=(const FileLockTable&) = delete;

  // F_SETLK (`wait` false: kAgain instead of waiting), F_SETLKW, LOCK_SH, LOCK_EX, unlock.
  // (client, xid) names a waiting request; one that waits already under that name keeps its turn.
  // kInvalid: end before start. kNoLocks: a limit, also for an unlock that would have to split.
  Result<LockOutcome> set(const LockRequest& request, bool wait, uint64_t xid);

  // F_GETLK: a lock that is in the way of `request`, the one that starts lowest.
  std::optional<HeldLock> test(const LockRequest& request) const;

  // A waiting request ends with kInterrupted. False: none waits under that name.
  bool cancel(const Uuid& client, uint64_t xid);

  // All locks of an owner on a file, at its last close; what the owner waits for stays.
  void release_owner(Fid file, LockKind kind, const LockOwner& owner);

  // Everything of a client; its waiting requests end with kEvicted.
  void release_client(const Uuid& client);

  // After a restart a client says what it held. Waits for nothing and splits as set() does; the
  // locks of one client do not conflict with what it restated before under the same owner. False: a
  // lock restated by another is in the way (or a limit): this one is lost.
  bool restate(const LockRequest& request);

  // Requests that stopped waiting since the last call, in the order in which they did.
  std::vector<CompletedLock> take_completed();

  bool waits(const Uuid& client, uint64_t xid) const;
  size_t held_count(const Uuid& client) const;
  size_t waiting_count(const Uuid& client) const;
  size_t held_count() const { return held_; }
  size_t waiting_count() const { return waiting_; }
  // All locks on a file in order of owner and start. For tests and status.
  std::vector<HeldLock> held_on(Fid file, LockKind kind) const;

 private:
  struct Segment {
    uint64_t end = 0;
    LockType type = LockType::kRead;
    uint32_t pid = 0;
  };
  using Segments = std::map<uint64_t, Segment>;  // by start; disjoint; neighbours merged

  struct Waiter {
    LockRequest request;
    uint64_t xid = 0;
  };
  using Waiters = std::list<Waiter>;

  struct File {
    std::map<LockOwner, Segments> held[2];  // by LockKind
    Waiters waiters;                        // oldest first
    bool empty() const { return held[0].empty() && held[1].empty() && waiters.empty(); }
  };
  using Files = std::unordered_map<Fid, File>;

  struct Client {
    size_t held = 0;
    std::set<Fid> files;                          // where it holds something
    std::map<uint64_t, Waiters::iterator> waits;  // by xid
    bool empty() const { return held == 0 && waits.empty(); }
  };

  struct Range {  // the whole file by default; empty if the end is before the start
    uint64_t start = 0;
    uint64_t end = UINT64_MAX;
  };

  static constexpr Range kNothing{1, 0};

  static bool conflicts(const File& file, const LockRequest& request);
  void blockers_of(const LockRequest& request, std::vector<LockOwner>& out) const;
  bool would_deadlock(const LockRequest& request) const;

  // kAgain: a lock of another owner is in the way. `freed` is set to the range where others may now
  // get through, also if this fails (a flock conversion).
  Status try_grant(File& file, const LockRequest& request, Range& freed);
  Status apply_posix(File& file, const LockRequest& request, Range& freed);
  Status check_growth(const Uuid& client, size_t taken, size_t added) const;
  Status enqueue(File& file, const LockRequest& request, uint64_t xid);
  bool drop_owner(Fid fid, File& file, LockKind kind, const LockOwner& owner);
  void retry_waiters(File& file, LockKind kind, Range freed);
  void stop_waiting(File& file, Waiters::iterator waiter, Status status);
  // Keeps the counts; call it after the file's locks have changed.
  void note_held(const LockRequest& request, const File& file, size_t taken, size_t added);
  void forget_if_empty(Fid fid);
  void forget_if_empty(const Uuid& client);

  const LockLimits limits_;
  Files files_;
  std::unordered_map<Uuid, Client> clients_;
  // Who waits for record locks, for the deadlock check.
  std::multimap<LockOwner, Waiters::iterator> posix_waits_;
  std::vector<CompletedLock> completed_;
  size_t held_ = 0;
  size_t waiting_ = 0;
};

}  // namespace sheen::locks
