// SPDX-License-Identifier: Apache-2.0
// The rules of fcntl(2) and flock(2) locks, one case each, as Linux has them.

#include <boost/test/unit_test.hpp>

#include "lib/locks/file_lock_table.h"

namespace sheen::locks {
namespace {

const Fid kFile{0x1000000001};
const Fid kOther{0x1000000002};

Uuid client(uint8_t n) {
  Uuid out;
  out.bytes[15] = n;
  return out;
}

struct Fixture {
  explicit Fixture(LockLimits limits = {}) : table(limits) {}

  static LockRequest posix(uint8_t who, LockType type, uint64_t start, uint64_t end,
                           Fid file = kFile) {
    return {file, LockKind::kPosix, {client(who), 1}, type, start, end, uint32_t{100} + who};
  }
  static LockRequest flock(uint8_t who, LockType type) {
    return {kFile, LockKind::kFlock, {client(who), 1}, type, 0, 0, uint32_t{100} + who};
  }
  Errc set(const LockRequest& request) { return table.set(request, false, 0).code(); }
  bool waits(const LockRequest& request, uint64_t xid) {
    const auto outcome = table.set(request, true, xid);
    BOOST_REQUIRE(outcome.has_value());
    return *outcome == LockOutcome::kWaiting;
  }
  // "w0-9 r10-max" of one owner.
  std::string held(uint8_t who, LockKind kind = LockKind::kPosix) const {
    std::string out;
    for (const HeldLock& lock : table.held_on(kFile, kind)) {
      if (lock.owner.client != client(who)) continue;
      if (!out.empty()) out += ' ';
      out += lock.type == LockType::kWrite ? 'w' : 'r';
      out += std::to_string(lock.start) + '-' +
             (lock.end == UINT64_MAX ? "max" : std::to_string(lock.end));
    }
    return out;
  }
  // "7:ok 8:deadlock"
  std::string completed() {
    std::string out;
    for (const CompletedLock& done : table.take_completed()) {
      if (!out.empty()) out += ' ';
      out += std::to_string(done.xid) + ':' + std::string(errc_info(done.status.code()).name);
    }
    return out;
  }

  FileLockTable table;
};

constexpr LockType kRead = LockType::kRead;
constexpr LockType kWrite = LockType::kWrite;
constexpr LockType kUnlock = LockType::kUnlock;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(record_locks, Fixture)

BOOST_AUTO_TEST_CASE(readers_share_and_a_writer_excludes) {
  BOOST_TEST((set(posix(1, kRead, 0, 9)) == Errc::kOk));
  BOOST_TEST((set(posix(2, kRead, 5, 14)) == Errc::kOk));
  BOOST_TEST((set(posix(3, kWrite, 9, 9)) == Errc::kAgain));
  BOOST_TEST((set(posix(3, kWrite, 15, 15)) == Errc::kOk));
  BOOST_TEST((set(posix(1, kRead, 15, 15)) == Errc::kAgain));
}

BOOST_AUTO_TEST_CASE(ranges_that_only_touch_do_not_conflict) {
  BOOST_TEST((set(posix(1, kWrite, 0, 9)) == Errc::kOk));
  BOOST_TEST((set(posix(2, kWrite, 10, 19)) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(unlocking_the_middle_splits) {
  set(posix(1, kWrite, 0, 99));
  BOOST_TEST((set(posix(1, kUnlock, 40, 59)) == Errc::kOk));
  BOOST_TEST(held(1) == "w0-39 w60-99");
  BOOST_TEST(table.held_count(client(1)) == 2U);
}

BOOST_AUTO_TEST_CASE(adjacent_and_overlapping_locks_of_one_type_merge) {
  set(posix(1, kRead, 0, 9));
  set(posix(1, kRead, 20, 29));
  set(posix(1, kRead, 10, 19));
  BOOST_TEST(held(1) == "r0-29");
  set(posix(1, kRead, 25, UINT64_MAX));
  BOOST_TEST(held(1) == "r0-max");
}

BOOST_AUTO_TEST_CASE(adjacent_locks_of_different_types_stay_apart) {
  set(posix(1, kRead, 0, 9));
  set(posix(1, kWrite, 10, 19));
  BOOST_TEST(held(1) == "r0-9 w10-19");
}

BOOST_AUTO_TEST_CASE(an_upgrade_in_the_middle_makes_three) {
  set(posix(1, kRead, 0, 99));
  set(posix(1, kWrite, 40, 59));
  BOOST_TEST(held(1) == "r0-39 w40-59 r60-99");
}

BOOST_AUTO_TEST_CASE(a_downgrade_lets_readers_through) {
  set(posix(1, kWrite, 0, 99));
  BOOST_TEST(waits(posix(2, kRead, 50, 59), 7));
  BOOST_TEST(waits(posix(3, kWrite, 50, 59), 8));
  set(posix(1, kRead, 0, 99));
  BOOST_TEST(completed() == "7:ok");
}

BOOST_AUTO_TEST_CASE(the_last_byte_of_the_offset_space_can_be_locked) {
  set(posix(1, kWrite, UINT64_MAX, UINT64_MAX));
  set(posix(1, kWrite, UINT64_MAX - 1, UINT64_MAX - 1));
  BOOST_TEST(held(1) == "w18446744073709551614-max");
  set(posix(1, kUnlock, 0, UINT64_MAX));
  BOOST_TEST(held(1) == "");
}

BOOST_AUTO_TEST_CASE(an_end_before_the_start_is_invalid) {
  BOOST_TEST((set(posix(1, kWrite, 5, 4)) == Errc::kInvalid));
}

BOOST_AUTO_TEST_CASE(unlocking_what_is_not_locked_succeeds) {
  BOOST_TEST((set(posix(1, kUnlock, 0, 9)) == Errc::kOk));
  BOOST_TEST(table.held_count() == 0U);
}

BOOST_AUTO_TEST_CASE(one_owner_never_conflicts_with_itself_but_two_owners_of_a_client_do) {
  set(posix(1, kWrite, 0, 9));
  BOOST_TEST((set(posix(1, kRead, 0, 9)) == Errc::kOk));
  set(posix(1, kWrite, 0, 9));
  LockRequest second = posix(1, kRead, 0, 9);
  second.owner.owner = 2;
  BOOST_TEST((set(second) == Errc::kAgain));
}

BOOST_AUTO_TEST_CASE(getlk_names_the_lowest_lock_in_the_way) {
  set(posix(1, kRead, 30, 39));
  set(posix(2, kWrite, 10, 19));
  const auto found = table.test(posix(3, kWrite, 0, 99));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->start == 10U);
  BOOST_TEST(found->end == 19U);
  BOOST_TEST(found->pid == 102U);
  BOOST_TEST((found->type == kWrite));
  BOOST_TEST(!table.test(posix(3, kRead, 30, 39)).has_value());
  BOOST_TEST(!table.test(posix(2, kWrite, 10, 19)).has_value());
}

BOOST_AUTO_TEST_CASE(waiters_are_tried_in_the_order_in_which_they_came) {
  set(posix(1, kWrite, 0, 9));
  BOOST_TEST(waits(posix(2, kWrite, 0, 9), 2));
  BOOST_TEST(waits(posix(3, kWrite, 0, 9), 3));
  BOOST_TEST(waits(posix(4, kWrite, 5, 5), 4));
  set(posix(1, kUnlock, 0, 9));
  BOOST_TEST(completed() == "2:ok");
  set(posix(2, kUnlock, 0, 4));
  BOOST_TEST(completed() == "");
  set(posix(2, kUnlock, 0, 9));
  BOOST_TEST(completed() == "3:ok");
}

BOOST_AUTO_TEST_CASE(a_request_without_conflict_does_not_queue_behind_waiters) {
  set(posix(1, kRead, 0, 9));
  BOOST_TEST(waits(posix(2, kWrite, 0, 9), 2));
  BOOST_TEST((set(posix(3, kRead, 0, 9)) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(two_owners_that_wait_for_each_other_are_a_deadlock) {
  set(posix(1, kWrite, 0, 0));
  set(posix(2, kWrite, 1, 1));
  BOOST_TEST(waits(posix(1, kWrite, 1, 1), 1));
  BOOST_TEST((table.set(posix(2, kWrite, 0, 0), true, 2).code() == Errc::kDeadlock));
}

BOOST_AUTO_TEST_CASE(a_cycle_over_several_files_and_owners_is_a_deadlock) {
  set(posix(1, kWrite, 0, 0));
  set(posix(2, kWrite, 0, 0, kOther));
  set(posix(3, kWrite, 5, 5));
  BOOST_TEST(waits(posix(1, kRead, 0, 0, kOther), 1));
  BOOST_TEST(waits(posix(2, kRead, 5, 5), 2));
  BOOST_TEST((table.set(posix(3, kWrite, 0, 0), true, 3).code() == Errc::kDeadlock));
}

BOOST_AUTO_TEST_CASE(two_readers_that_both_upgrade_are_a_deadlock) {
  set(posix(1, kRead, 0, 9));
  set(posix(2, kRead, 0, 9));
  BOOST_TEST(waits(posix(1, kWrite, 0, 9), 1));
  BOOST_TEST((table.set(posix(2, kWrite, 0, 9), true, 2).code() == Errc::kDeadlock));
  BOOST_TEST(held(2) == "r0-9");
  set(posix(2, kUnlock, 0, 9));
  BOOST_TEST(completed() == "1:ok");
  BOOST_TEST(held(1) == "w0-9");
}

BOOST_AUTO_TEST_CASE(a_wait_that_becomes_a_deadlock_when_it_is_tried_again_ends) {
  // Thread one of owner 1 waits for byte 5 of owner 2; owner 3 waits for byte 0 of owner 1 and
  // takes byte 5 over when owner 2 lets go: then owner 1 would wait for owner 3 and 3 for 1.
  set(posix(1, kWrite, 0, 0));
  set(posix(2, kWrite, 5, 5));
  BOOST_TEST(waits(posix(3, kWrite, 5, 5), 30));
  BOOST_TEST(waits(posix(3, kWrite, 0, 0), 31));
  BOOST_TEST(waits(posix(1, kWrite, 5, 5), 10));
  set(posix(2, kUnlock, 5, 5));
  BOOST_TEST(completed() == "30:ok 10:deadlock");
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_ends_interrupted_and_once) {
  set(posix(1, kWrite, 0, 9));
  BOOST_TEST(waits(posix(2, kWrite, 0, 9), 7));
  BOOST_TEST(table.cancel(client(2), 7));
  BOOST_TEST(completed() == "7:interrupted");
  BOOST_TEST(!table.cancel(client(2), 7));
  set(posix(1, kUnlock, 0, 9));
  BOOST_TEST(completed() == "");
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_already_keeps_its_turn) {
  set(posix(1, kWrite, 0, 9));
  BOOST_TEST(waits(posix(2, kWrite, 0, 9), 7));
  BOOST_TEST(waits(posix(3, kWrite, 0, 9), 8));
  BOOST_TEST(waits(posix(2, kWrite, 0, 9), 7));
  BOOST_TEST(table.waiting_count() == 2U);
  set(posix(1, kUnlock, 0, 9));
  BOOST_TEST(completed() == "7:ok");
}

BOOST_AUTO_TEST_CASE(closing_releases_one_owner_on_one_file) {
  set(posix(1, kWrite, 0, 9));
  set(posix(1, kWrite, 20, 29));
  set(posix(1, kWrite, 0, 0, kOther));
  BOOST_TEST(waits(posix(2, kRead, 0, 99), 7));
  table.release_owner(kFile, LockKind::kPosix, {client(1), 1});
  BOOST_TEST(completed() == "7:ok");
  BOOST_TEST(table.held_count(client(1)) == 1U);
}

BOOST_AUTO_TEST_CASE(an_evicted_client_loses_locks_and_waits) {
  set(posix(1, kWrite, 0, 9));
  set(posix(2, kWrite, 20, 29));
  BOOST_TEST(waits(posix(1, kWrite, 20, 29), 1));
  BOOST_TEST(waits(posix(3, kRead, 0, 9), 3));
  table.release_client(client(1));
  BOOST_TEST(completed() == "1:evicted 3:ok");
  BOOST_TEST(table.held_count(client(1)) == 0U);
  BOOST_TEST(table.waiting_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_restated_lock_is_kept_unless_another_took_it) {
  BOOST_TEST(table.restate(posix(1, kWrite, 0, 9)));
  BOOST_TEST(table.restate(posix(1, kWrite, 0, 9)));
  BOOST_TEST(!table.restate(posix(2, kRead, 5, 5)));
  BOOST_TEST(table.restate(posix(2, kRead, 10, 19)));
  BOOST_TEST(held(1) == "w0-9");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_client_at_its_limit_of_locks_gets_no_more) {
  Fixture f({.held_per_client = 2, .waiting_per_client = 1, .held = 3, .waiting = 10});
  BOOST_TEST((f.set(Fixture::posix(1, kWrite, 0, 99)) == Errc::kOk));
  BOOST_TEST((f.set(Fixture::posix(1, kUnlock, 10, 19)) == Errc::kOk));
  BOOST_TEST((f.set(Fixture::posix(1, kUnlock, 30, 39)) == Errc::kNoLocks));
  BOOST_TEST((f.set(Fixture::posix(1, kWrite, 200, 209)) == Errc::kNoLocks));
  BOOST_TEST((f.set(Fixture::posix(1, kWrite, 10, 19)) == Errc::kOk));
  BOOST_TEST(f.held(1) == "w0-99");
  BOOST_TEST((f.set(Fixture::posix(2, kWrite, 200, 209)) == Errc::kOk));
  BOOST_TEST((f.set(Fixture::posix(2, kWrite, 300, 309)) == Errc::kOk));
  BOOST_TEST((f.set(Fixture::posix(3, kWrite, 400, 409)) == Errc::kNoLocks));
  BOOST_TEST(f.waits(Fixture::posix(3, kWrite, 0, 0), 1));
  BOOST_TEST((f.table.set(Fixture::posix(3, kWrite, 1, 1), true, 2).code() == Errc::kNoLocks));
}

BOOST_FIXTURE_TEST_SUITE(whole_file_locks, Fixture)

BOOST_AUTO_TEST_CASE(they_do_not_conflict_with_record_locks) {
  BOOST_TEST((set(flock(1, kWrite)) == Errc::kOk));
  BOOST_TEST((set(posix(2, kWrite, 0, UINT64_MAX)) == Errc::kOk));
  BOOST_TEST((set(flock(2, kRead)) == Errc::kAgain));
}

BOOST_AUTO_TEST_CASE(they_cover_the_whole_file_whatever_range_is_given) {
  set(flock(1, kRead));
  BOOST_TEST(held(1, LockKind::kFlock) == "r0-max");
}

BOOST_AUTO_TEST_CASE(a_failed_conversion_gives_the_old_lock_up) {
  set(flock(1, kRead));
  set(flock(2, kRead));
  BOOST_TEST((set(flock(1, kWrite)) == Errc::kAgain));
  BOOST_TEST(held(1, LockKind::kFlock) == "");
  BOOST_TEST((set(flock(2, kWrite)) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(two_waiting_conversions_are_no_deadlock) {
  set(flock(1, kRead));
  set(flock(2, kRead));
  BOOST_TEST(waits(flock(1, kWrite), 1));
  BOOST_TEST(!waits(flock(2, kWrite), 2));
  set(flock(2, kUnlock));
  BOOST_TEST(completed() == "1:ok");
  BOOST_TEST(held(1, LockKind::kFlock) == "w0-max");
}

BOOST_AUTO_TEST_CASE(a_conversion_to_shared_lets_other_readers_in) {
  set(flock(1, kWrite));
  BOOST_TEST(waits(flock(2, kRead), 2));
  set(flock(1, kRead));
  BOOST_TEST(completed() == "2:ok");
}

BOOST_AUTO_TEST_CASE(the_same_lock_again_is_granted) {
  set(flock(1, kWrite));
  BOOST_TEST((set(flock(1, kWrite)) == Errc::kOk));
  BOOST_TEST(table.held_count() == 1U);
}

BOOST_AUTO_TEST_CASE(closing_releases_only_its_kind) {
  set(flock(1, kWrite));
  set(posix(1, kWrite, 0, 9));
  table.release_owner(kFile, LockKind::kFlock, {client(1), 1});
  BOOST_TEST(held(1, LockKind::kFlock) == "");
  BOOST_TEST(held(1) == "w0-9");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::locks
