// SPDX-License-Identifier: Apache-2.0
// Random operations on the lock table, compared after every step with a model that keeps one row
// per byte and knows nothing of segments: same grants, same waiters, same segments.

#include <boost/test/unit_test.hpp>

#include <array>
#include <deque>
#include <map>
#include <set>

#include "lib/base/random.h"
#include "lib/locks/file_lock_table.h"

namespace sheen::locks {
namespace {

constexpr size_t kBytes = 24;  // the last one stands for "up to the end of all files"
constexpr size_t kFiles = 3;

uint64_t end_of(size_t byte) { return byte == kBytes - 1 ? UINT64_MAX : byte; }

struct ModelRequest {
  size_t file = 0;
  LockKind kind{};
  LockOwner owner;
  LockType type{};
  size_t from = 0;
  size_t to = 0;
  uint64_t xid = 0;
};

class Model {
 public:
  // kOk, kAgain, kDeadlock; `waiting` set if it was queued.
  Errc set(const ModelRequest& r, bool wait, bool& waiting) {
    bool freed = false;
    Errc code = try_grant(r, freed);
    if (code == Errc::kAgain && wait) {
      if (r.kind == LockKind::kPosix && deadlock(r)) {
        code = Errc::kDeadlock;
      } else {
        waiters.push_back(r);
        waiting = true;
        code = Errc::kOk;
      }
    }
    if (freed) retry(r.file, r.kind, r.from, r.to);
    return code;
  }

  bool cancel(const Uuid& client, uint64_t xid) {
    for (auto it = waiters.begin(); it != waiters.end(); ++it)
      if (it->owner.client == client && it->xid == xid) {
        completed.emplace_back(it->xid, Errc::kInterrupted);
        waiters.erase(it);
        return true;
      }
    return false;
  }

  void release_owner(size_t file, LockKind kind, const LockOwner& owner) {
    if (drop(file, kind, [&](const LockOwner& o) { return o == owner; }))
      retry(file, kind, 0, kBytes - 1);
  }

  void release_client(const Uuid& client) {
    std::deque<ModelRequest> stay;
    std::map<uint64_t, ModelRequest> gone;
    for (const auto& w : waiters) {
      if (w.owner.client == client)
        gone.emplace(w.xid, w);
      else
        stay.push_back(w);
    }
    waiters = stay;
    for (const auto& [xid, w] : gone) completed.emplace_back(xid, Errc::kEvicted);
    for (size_t file = 0; file < kFiles; ++file)
      for (const LockKind kind : {LockKind::kPosix, LockKind::kFlock})
        if (drop(file, kind, [&](const LockOwner& o) { return o.client == client; }))
          retry(file, kind, 0, kBytes - 1);
  }

  std::vector<HeldLock> segments(size_t file, LockKind kind) const {
    std::set<LockOwner> owners;
    for (const auto& byte : rows(file, kind))
      for (const auto& [owner, type] : byte) owners.insert(owner);
    std::vector<HeldLock> out;
    for (const LockOwner& owner : owners) {
      bool open = false;
      for (size_t b = 0; b < kBytes; ++b) {
        const auto it = rows(file, kind)[b].find(owner);
        if (it == rows(file, kind)[b].end()) {
          open = false;
        } else if (open && out.back().type == it->second) {
          out.back().end = end_of(b);
        } else {
          out.push_back({owner, it->second, b, end_of(b), 0});
          open = true;
        }
      }
    }
    return out;
  }

  std::deque<ModelRequest> waiters;
  std::vector<std::pair<uint64_t, Errc>> completed;

 private:
  using Rows = std::array<std::map<LockOwner, LockType>, kBytes>;
  Rows& rows(size_t file, LockKind kind) { return rows_[file][static_cast<size_t>(kind)]; }
  const Rows& rows(size_t file, LockKind kind) const {
    return rows_[file][static_cast<size_t>(kind)];
  }

  template <class Which>
  bool drop(size_t file, LockKind kind, Which which) {
    bool any = false;
    for (auto& byte : rows(file, kind))
      any = std::erase_if(byte, [&](const auto& row) { return which(row.first); }) > 0 || any;
    return any;
  }

  std::set<LockOwner> blockers(const ModelRequest& r) const {
    std::set<LockOwner> out;
    if (r.type == LockType::kUnlock) return out;
    for (size_t b = r.from; b <= r.to; ++b)
      for (const auto& [owner, type] : rows(r.file, r.kind)[b])
        if (owner != r.owner && (type == LockType::kWrite || r.type == LockType::kWrite))
          out.insert(owner);
    return out;
  }

  bool deadlock(const ModelRequest& r) const {
    std::set<LockOwner> reached = blockers(r);
    for (size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const auto& w : waiters)
        if (w.kind == LockKind::kPosix && reached.contains(w.owner)) reached.merge(blockers(w));
    }
    return reached.contains(r.owner);
  }

  Errc try_grant(const ModelRequest& r, bool& freed) {
    Rows& bytes = rows(r.file, r.kind);
    if (r.kind == LockKind::kFlock) {
      const auto own = bytes[0].find(r.owner);
      if (own != bytes[0].end()) {
        if (own->second == r.type) return Errc::kOk;
        drop(r.file, r.kind, [&](const LockOwner& o) { return o == r.owner; });
        freed = true;
      }
    }
    if (!blockers(r).empty()) return Errc::kAgain;
    for (size_t b = r.from; b <= r.to; ++b) {
      const auto own = bytes[b].find(r.owner);
      if (own != bytes[b].end() && own->second != r.type && r.type != LockType::kWrite)
        freed = true;
      if (r.type == LockType::kUnlock)
        bytes[b].erase(r.owner);
      else
        bytes[b][r.owner] = r.type;
    }
    return Errc::kOk;
  }

  void retry(size_t file, LockKind kind, size_t from, size_t to) {
    for (bool again = true; again;) {
      again = false;
      for (size_t i = 0; i < waiters.size();) {
        const ModelRequest w = waiters[i];
        if (w.file != file || w.kind != kind || w.from > to || w.to < from) {
          ++i;
          continue;
        }
        bool more = false;
        Errc code = try_grant(w, more);
        again = again || more;
        if (code == Errc::kAgain && kind == LockKind::kPosix && deadlock(w)) code = Errc::kDeadlock;
        if (code == Errc::kAgain) {
          ++i;
          continue;
        }
        completed.emplace_back(w.xid, code);
        waiters.erase(waiters.begin() + static_cast<ptrdiff_t>(i));
      }
      from = 0;
      to = kBytes - 1;
    }
  }

  std::array<std::array<Rows, 2>, kFiles> rows_;
};

Uuid client(uint8_t n) {
  Uuid out;
  out.bytes[0] = n;
  return out;
}

void run(uint64_t seed, size_t steps) {
  SeededRandom random(seed);
  FileLockTable table;
  Model model;
  uint64_t xid = 0;
  for (size_t step = 0; step < steps; ++step) {
    ModelRequest r;
    r.file = random.below(kFiles);
    r.kind = random.below(4) == 0 ? LockKind::kFlock : LockKind::kPosix;
    r.owner = {client(static_cast<uint8_t>(random.below(3))), random.below(2)};
    r.type = static_cast<LockType>(random.below(3));
    if (r.kind == LockKind::kPosix) {
      r.from = random.below(kBytes);
      r.to = r.from + random.below(std::min<size_t>(kBytes - r.from, 10));
    } else {
      r.to = kBytes - 1;
    }
    r.xid = ++xid;
    const Fid fid = Fid::make(16, static_cast<uint32_t>(r.file + 1));
    const uint64_t action = random.below(40);
    if (action < 34) {
      const bool wait = random.below(2) == 0;
      bool waiting = false;
      const Errc expected = model.set(r, wait, waiting);
      const auto got =
          table.set({fid, r.kind, r.owner, r.type, r.from, end_of(r.to), 0}, wait, xid);
      BOOST_REQUIRE(got.code() == expected);
      if (got) BOOST_REQUIRE((*got == LockOutcome::kWaiting) == waiting);
    } else if (action < 37) {
      const uint64_t which = xid - random.below(30);
      const Uuid who = r.owner.client;
      BOOST_REQUIRE(table.cancel(who, which) == model.cancel(who, which));
    } else if (action < 39) {
      model.release_owner(r.file, r.kind, r.owner);
      table.release_owner(fid, r.kind, r.owner);
    } else if (random.below(4) == 0) {
      model.release_client(r.owner.client);
      table.release_client(r.owner.client);
      BOOST_REQUIRE(table.held_count(r.owner.client) == 0);
    }

    std::vector<std::pair<uint64_t, Errc>> completed;
    for (const auto& done : table.take_completed())
      completed.emplace_back(done.xid, done.status.code());
    BOOST_REQUIRE(completed == model.completed);
    model.completed.clear();
    BOOST_REQUIRE(table.waiting_count() == model.waiters.size());
    size_t held = 0;
    for (size_t file = 0; file < kFiles; ++file) {
      for (const LockKind kind : {LockKind::kPosix, LockKind::kFlock}) {
        const auto got = table.held_on(Fid::make(16, static_cast<uint32_t>(file + 1)), kind);
        const auto expected = model.segments(file, kind);
        BOOST_REQUIRE(got.size() == expected.size());
        for (size_t i = 0; i < got.size(); ++i) {
          BOOST_REQUIRE(got[i].owner == expected[i].owner);
          BOOST_REQUIRE(got[i].type == expected[i].type);
          BOOST_REQUIRE(got[i].start == expected[i].start);
          BOOST_REQUIRE(got[i].end == expected[i].end);
        }
        held += got.size();
      }
    }
    BOOST_REQUIRE(table.held_count() == held);
  }
  for (uint8_t n = 0; n < 3; ++n) table.release_client(client(n));
  BOOST_TEST(table.held_count() == 0U);
  BOOST_TEST(table.waiting_count() == 0U);
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_operations_do_what_a_model_with_one_row_per_byte_does) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) run(seed, 1500);
  }
}

}  // namespace sheen::locks
