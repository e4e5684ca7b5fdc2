// SPDX-License-Identifier: Apache-2.0
// Proves what the client remembers of its locks (fcntl(2)'s splitting and joining) and that waiting
// lock requests can be cancelled.
#include <fmt/format.h>

#include "lib/client/held_locks.h"
#include "tests/component/client/client_fixture.h"

namespace sheen::test {
namespace {

client::FileLock lock(uint64_t start, uint64_t end, int type, uint64_t owner = 1) {
  return {start, end, type, owner, 0, false};
}

std::string text(const client::HeldLocks& locks) {
  std::string out;
  for (const auto& held : locks.all())
    out += fmt::format("{}-{}{} ", held.lock.start, held.lock.end,
                       held.lock.type == F_RDLCK ? "r" : "w");
  return out;
}

BOOST_AUTO_TEST_SUITE(held_locks)

BOOST_AUTO_TEST_CASE(unlocking_the_middle_splits) {
  client::HeldLocks locks;
  locks.apply(kRootFid, lock(0, 99, F_WRLCK));
  locks.apply(kRootFid, lock(40, 59, F_UNLCK));
  BOOST_TEST(text(locks) == "0-39w 60-99w ");
}

BOOST_AUTO_TEST_CASE(equal_neighbours_join_and_different_ones_do_not) {
  client::HeldLocks locks;
  locks.apply(kRootFid, lock(0, 9, F_RDLCK));
  locks.apply(kRootFid, lock(20, 29, F_RDLCK));
  locks.apply(kRootFid, lock(10, 19, F_RDLCK));
  BOOST_TEST(text(locks) == "0-29r ");
  locks.apply(kRootFid, lock(10, 19, F_WRLCK));
  BOOST_TEST(text(locks) == "0-9r 10-19w 20-29r ");
}

BOOST_AUTO_TEST_CASE(a_new_range_replaces_what_it_covers) {
  client::HeldLocks locks;
  for (uint64_t i = 0; i < 10; ++i) locks.apply(kRootFid, lock(i * 10, i * 10 + 4, F_RDLCK));
  locks.apply(kRootFid, lock(12, UINT64_MAX, F_WRLCK));
  BOOST_TEST(text(locks) == "0-4r 10-11r " + fmt::format("12-{}w ", UINT64_MAX));
  locks.apply(kRootFid, lock(0, UINT64_MAX, F_UNLCK));
  BOOST_TEST(locks.size() == 0U);
}

BOOST_AUTO_TEST_CASE(owners_files_and_kinds_are_apart) {
  client::HeldLocks locks;
  locks.apply(Fid{1}, lock(0, 9, F_RDLCK, 1));
  locks.apply(Fid{1}, lock(0, 9, F_RDLCK, 2));
  locks.apply(Fid{2}, lock(0, 9, F_RDLCK, 1));
  client::FileLock whole = lock(5, 6, F_WRLCK, 1);
  whole.flock = true;
  locks.apply(Fid{1}, whole);
  BOOST_TEST(locks.size() == 4U);
  locks.release_owner(Fid{1}, 1, false);
  BOOST_TEST(!locks.holds(Fid{1}, 1, false));
  BOOST_TEST(locks.holds(Fid{1}, 1, true));
  BOOST_TEST(locks.holds(Fid{1}, 2, false));
  locks.forget_if([](Fid fid) { return fid == Fid{1}; });
  BOOST_TEST(locks.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_request_lets_go_is_gone_at_once_and_can_be_put_back) {
  client::HeldLocks locks;
  locks.apply(kRootFid, lock(0, 9, F_RDLCK));
  locks.apply(kRootFid, lock(20, 49, F_WRLCK));
  const auto downgraded = locks.let_go(kRootFid, lock(5, 29, F_RDLCK));
  BOOST_TEST(text(locks) == "0-9r 20-29r 30-49w ");
  BOOST_TEST(text(downgraded) == "20-29w ");
  const auto unlocked = locks.let_go(kRootFid, lock(5, 39, F_UNLCK));
  BOOST_TEST(text(locks) == "0-4r 40-49w ");
  locks.put_back(unlocked);
  BOOST_TEST(text(locks) == "0-9r 20-29r 30-49w ");
  locks.put_back(downgraded);
  BOOST_TEST(text(locks) == "0-9r 20-49w ");
  BOOST_TEST(locks.let_go(kRootFid, lock(0, 99, F_WRLCK)).size() == 0U);
  client::FileLock whole = lock(0, UINT64_MAX, F_RDLCK);
  whole.flock = true;
  locks.apply(Fid{2}, whole);
  BOOST_TEST(locks.let_go(Fid{2}, whole).size() == 0U);
  whole.type = F_WRLCK;
  BOOST_TEST(locks.let_go(Fid{2}, whole).size() == 1U);
  BOOST_TEST(!locks.holds(Fid{2}, 1, true));
}

BOOST_AUTO_TEST_CASE(any_sequence_agrees_with_a_byte_by_byte_model) {
  SeededRandom random(3);
  client::HeldLocks locks;
  std::vector<int> model(64, F_UNLCK);
  for (int round = 0; round < 3000; ++round) {
    const uint64_t start = random.below(64);
    const uint64_t end = start + random.below(64 - start);
    const int type = static_cast<int>(random.below(3));
    locks.apply(kRootFid, lock(start, end, type));
    for (uint64_t i = start; i <= end; ++i) model[i] = type;
    std::string expected;
    for (uint64_t i = 0; i < 64;) {
      uint64_t j = i;
      while (j + 1 < 64 && model[j + 1] == model[i]) ++j;
      if (model[i] != F_UNLCK)
        expected += fmt::format("{}-{}{} ", i, j, model[i] == F_RDLCK ? "r" : "w");
      i = j + 1;
    }
    BOOST_REQUIRE(text(locks) == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

struct LockFixture : ClientFixture {
  // With a file whose bytes 0 to 99 are locked for writing.
  LockFixture() : file(create("f")) { BOOST_REQUIRE(set(lock(0, 99, F_WRLCK))); }

  Status set(const client::FileLock& wanted) {
    return wait<void>(
        [&](auto done) { client->setlk(file.handle, wanted, false, std::move(done)); });
  }
  // The MDT has the request, and its answer is on the way; then it restarts.
  void set_over_restart(const client::FileLock& wanted) {
    cluster.hold(wire::Opcode::kSetLock);
    client->setlk(file.handle, wanted, false, [](Status) {});
    run_until([&] { return cluster.held() == 1; });
    cluster.restart(*cluster.mdt);
    run_until([&] { return cluster.count(wire::Opcode::kRestate) == 1; });
  }
  std::string restated() {
    const auto request = cluster.last(wire::Opcode::kRestate)->body<wire::RestateRequest>();
    std::string out;
    for (const auto& held : request->locks)
      out += fmt::format("{}-{}{} ", held->lock->start, held->lock->end,
                         held->lock->type == F_RDLCK ? "r" : "w");
    return out;
  }
  client::Opened file;
};

BOOST_FIXTURE_TEST_SUITE(lock_restatement, LockFixture)

BOOST_AUTO_TEST_CASE(what_an_unlock_on_its_way_lets_go_is_not_restated) {
  set_over_restart(lock(40, 59, F_UNLCK));
  BOOST_TEST(restated() == "0-39w 60-99w ");
}

BOOST_AUTO_TEST_CASE(a_downgrade_on_its_way_is_restated_as_done) {
  set_over_restart(lock(40, 149, F_RDLCK));
  BOOST_TEST(restated() == "0-39w 40-99r ");
}

BOOST_AUTO_TEST_CASE(a_flock_conversion_on_its_way_is_not_restated) {
  client::FileLock flock = lock(0, UINT64_MAX, F_RDLCK);
  flock.flock = true;
  BOOST_REQUIRE(set(flock));
  flock.type = F_WRLCK;
  set_over_restart(flock);
  BOOST_TEST(restated() == "0-99w ");
}

BOOST_AUTO_TEST_CASE(what_the_mdt_could_not_unlock_is_held_still) {
  cluster.fail(wire::Opcode::kSetLock, Errc::kNoLocks);
  BOOST_TEST((set(lock(40, 59, F_UNLCK)).code() == Errc::kNoLocks));
  cluster.restart(*cluster.mdt);
  getattr(kRootFid);
  BOOST_TEST(restated() == "0-99w ");
}

BOOST_AUTO_TEST_CASE(an_error_brings_no_lock_back_that_was_released_meanwhile) {
  cluster.hold(wire::Opcode::kSetLock);
  client->setlk(file.handle, lock(0, 99, F_UNLCK), false, [](Status) {});
  run_until([&] { return cluster.held() == 1; });
  BOOST_REQUIRE(wait<void>([&](auto done) { client->flush(file.handle, 1, std::move(done)); }));
  cluster.fail(wire::Opcode::kSetLock, Errc::kNoLocks);
  cluster.release_all();
  cluster.restart(*cluster.mdt);
  getattr(kRootFid);
  BOOST_TEST(restated() == "");
}

BOOST_AUTO_TEST_CASE(an_error_brings_no_lock_back_that_was_unlocked_meanwhile) {
  cluster.hold(wire::Opcode::kSetLock);
  client->setlk(file.handle, lock(50, 149, F_RDLCK), true, [](Status) {});
  std::optional<Status> unlocked;
  client->setlk(file.handle, lock(0, 79, F_UNLCK), false,
                [&](Status status) { unlocked = std::move(status); });
  run_until([&] { return cluster.held() == 2; });
  cluster.release(1);
  run_until([&] { return unlocked.has_value(); });
  cluster.fail(wire::Opcode::kSetLock, Errc::kDeadlock);
  cluster.release_all();
  settle();
  cluster.restart(*cluster.mdt);
  getattr(kRootFid);
  BOOST_TEST(restated() == "80-99w ");
}

BOOST_AUTO_TEST_CASE(an_error_brings_no_lock_back_that_a_restarted_mdt_was_not_told_of) {
  set_over_restart(lock(40, 59, F_UNLCK));
  run_until([&] { return cluster.held() == 1; });
  cluster.fail(wire::Opcode::kSetLock, Errc::kNoLocks);
  cluster.release_all();
  settle();
  cluster.restart(*cluster.mdt);
  getattr(kRootFid);
  BOOST_TEST(restated() == "0-39w 60-99w ");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(lock_calls, ClientFixture)

BOOST_AUTO_TEST_CASE(a_waiting_lock_takes_no_slot_and_can_be_cancelled) {
  const auto file = create("f");
  std::optional<Status> result;
  const client::LockWait name =
      client->setlk(file.handle, lock(0, 9, F_WRLCK), true, [&](Status s) { result = s; });
  run_until([&] { return cluster.count(wire::Opcode::kSetLock) == 1; });
  BOOST_TEST(cluster.last(wire::Opcode::kSetLock)->message.header.slot == wire::kNoSlot);
  const uint64_t xid = cluster.last(wire::Opcode::kSetLock)->message.header.xid;
  client->cancel_lock(name);
  client->cancel_lock(name);
  run_until([&] { return cluster.count(wire::Opcode::kCancelLock) == 1; });
  BOOST_TEST(cluster.last(wire::Opcode::kCancelLock)->body<wire::CancelLockRequest>()->xid == xid);
  // The lock request is not answered: the cancellation is said again.
  run_until([&] { return cluster.count(wire::Opcode::kCancelLock) == 3; });
  BOOST_TEST(!result.has_value());
}

BOOST_AUTO_TEST_CASE(a_lock_that_was_never_sent_is_cancelled_here) {
  const auto file = create("f");
  cluster.set_reachable(*cluster.mdt, false);
  settle();
  std::optional<Status> result;
  const client::LockWait name =
      client->setlk(file.handle, lock(0, 9, F_WRLCK), true, [&](Status s) { result = s; });
  client->cancel_lock(name);
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST((result->code() == Errc::kInterrupted));
}

BOOST_AUTO_TEST_CASE(flush_asks_the_mdt_only_if_there_is_something_to_release) {
  const auto file = create("f");
  const auto flush = [&](uint64_t owner) {
    BOOST_REQUIRE(
        wait<void>([&](auto done) { client->flush(file.handle, owner, std::move(done)); }));
  };
  flush(1);
  BOOST_TEST(cluster.count(wire::Opcode::kReleaseLocks) == 0U);
  BOOST_REQUIRE(wait<void>(
      [&](auto done) { client->setlk(file.handle, lock(0, 9, F_WRLCK), false, std::move(done)); }));
  flush(2);
  BOOST_TEST(cluster.count(wire::Opcode::kReleaseLocks) == 0U);
  flush(1);
  flush(1);
  BOOST_TEST(cluster.count(wire::Opcode::kReleaseLocks) == 1U);
}

BOOST_AUTO_TEST_CASE(the_release_of_a_handle_ends_the_ofd_locks_set_through_it) {
  const auto file = create("f");
  const auto other = open(file.attr.fid, O_RDWR);
  const auto set = [&](client::Handle handle, uint64_t owner) {
    client::FileLock range = lock(0, 9, F_RDLCK);
    range.owner = owner;
    BOOST_REQUIRE(
        wait<void>([&](auto done) { client->setlk(handle, range, false, std::move(done)); }));
  };
  set(file.handle, 7);
  set(other.handle, 8);
  // Owner 9 is a process: it has closed the file, locked it once more through the other handle, and
  // only then comes the release of the first.
  set(file.handle, 9);
  BOOST_REQUIRE(wait<void>([&](auto done) { client->flush(file.handle, 9, std::move(done)); }));
  set(other.handle, 9);
  cluster.forget_seen();
  release(file.handle);
  settle();
  BOOST_TEST(cluster.count(wire::Opcode::kReleaseLocks) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kReleaseLocks)->body<wire::ReleaseLocksRequest>()->owner ==
             7U);
}

BOOST_AUTO_TEST_CASE(a_flock_conversion_that_was_never_sent_leaves_the_old_lock) {
  const auto file = create("f");
  client::FileLock flock = lock(0, UINT64_MAX, F_RDLCK);
  flock.flock = true;
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->setlk(file.handle, flock, false, std::move(done)); }));
  cluster.set_reachable(*cluster.mdt, false);
  settle();
  flock.type = F_WRLCK;
  std::optional<Status> result;
  client->cancel_lock(
      client->setlk(file.handle, flock, true, [&](Status s) { result = std::move(s); }));
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST((result->code() == Errc::kInterrupted));
  cluster.mdt->locks.clear();
  cluster.set_reachable(*cluster.mdt, true);
  cluster.restart(*cluster.mdt);
  getattr(file.attr.fid);
  BOOST_REQUIRE(cluster.mdt->locks.size() == 1U);
  BOOST_TEST(cluster.mdt->locks[0].lock->type == F_RDLCK);
}

BOOST_AUTO_TEST_CASE(the_release_of_a_handle_that_used_flock_always_asks_the_mdt) {
  const auto file = create("f");
  client::FileLock flock = lock(0, UINT64_MAX, F_RDLCK);
  flock.flock = true;
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->setlk(file.handle, flock, false, std::move(done)); }));
  // Whatever became of the old lock, nothing is held here.
  cluster.fail(wire::Opcode::kSetLock, Errc::kInterrupted);
  flock.type = F_WRLCK;
  BOOST_TEST((wait<void>([&](auto done) {
                client->setlk(file.handle, flock, true, std::move(done));
              }).code() == Errc::kInterrupted));
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->release(file.handle, flock.owner, std::move(done)); }));
  BOOST_REQUIRE(cluster.count(wire::Opcode::kReleaseLocks) == 1U);
  BOOST_TEST(cluster.last(wire::Opcode::kReleaseLocks)->body<wire::ReleaseLocksRequest>()->flock);
}

BOOST_AUTO_TEST_CASE(a_refused_flock_conversion_leaves_nothing_held) {
  const auto file = create("f");
  client::FileLock flock = lock(0, UINT64_MAX, F_RDLCK);
  flock.flock = true;
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->setlk(file.handle, flock, false, std::move(done)); }));
  cluster.fail(wire::Opcode::kSetLock, Errc::kAgain);
  flock.type = F_WRLCK;
  auto status =
      wait<void>([&](auto done) { client->setlk(file.handle, flock, false, std::move(done)); });
  BOOST_TEST((status.code() == Errc::kAgain));
  cluster.mdt->locks.clear();
  cluster.restart(*cluster.mdt);
  getattr(file.attr.fid);
  BOOST_TEST(cluster.mdt->locks.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::test
