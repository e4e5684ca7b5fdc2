// SPDX-License-Identifier: Apache-2.0
// Proves that a target which another node serves is refused, that one whose owner is dead is taken,
// and that an owner that was superseded notices before it writes again.
#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "lib/base/random.h"
#include "lib/target/owner_guard.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;
using namespace sheen::target;

namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

struct Superseded {
  std::string why;
};

struct Guards {
  TemporaryDirectory directory = TemporaryDirectory::on_disk();
  SystemClock clock;
  SystemRandom random;
  std::atomic<int> ended{0};

  OwnerOptions options(const std::string& node) {
    OwnerOptions out;
    out.node = node;
    out.boot = "boot of " + node;
    out.instance = Uuid::generate(random);
    out.interval_ns = 50 * kMillisecond;
    out.lease_ns = 200 * kMillisecond;
    out.patience_ns = 300 * kMillisecond;
    out.on_superseded = [this](const Error& why) {
      ++ended;
      throw Superseded{why.message()};
    };
    return out;
  }
  Result<std::unique_ptr<OwnerGuard>> take(const std::string& node) {
    return OwnerGuard::take(clock, directory.path(), options(node));
  }
  // One whose beats may be late by half a second, on a disk that others use.
  Result<std::unique_ptr<OwnerGuard>> take_and_live(const std::string& node) {
    OwnerOptions usual = options(node);
    usual.interval_ns = 500 * kMillisecond;
    usual.lease_ns = 900 * kMillisecond;
    return OwnerGuard::take(clock, directory.path(), std::move(usual));
  }
  // One whose process does not run, so that nothing is renewed.
  Result<std::unique_ptr<OwnerGuard>> take_and_stand_still(const std::string& node) {
    OwnerOptions still = options(node);
    still.interval_ns = 3600 * kSecond;
    return OwnerGuard::take(clock, directory.path(), std::move(still));
  }
  OwnerRecord record() {
    auto file = OwnerFile::open(directory.path());
    BOOST_REQUIRE(file);
    const auto record = (*file)->read();
    BOOST_REQUIRE(record && *record);
    return **record;
  }
  void put(const OwnerRecord& record) {
    auto file = OwnerFile::open(directory.path());
    BOOST_REQUIRE(file && (*file)->write(record));
  }
  // As another node's start leaves it.
  void put_another_owner() {
    OwnerRecord other = record();
    other.instance = Uuid::generate(random);
    other.node = "oss2";
    put(other);
    auto file = OwnerFile::open(directory.path());
    BOOST_REQUIRE(file && (*file)->write_claim({other.instance, other.node, other.pid}));
  }
};

// Another kind of block is none.
std::string record_text() { return OwnerRecord().to_text(); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(owner_guard, Guards)

BOOST_AUTO_TEST_CASE(a_record_is_read_back_as_it_was_written) {
  OwnerRecord record;
  record.instance = Uuid::generate(random);
  record.node = "oss1";
  record.boot = "0c0f";
  record.pid = 4711;
  record.epoch = 7;
  record.beat = 12;
  record.interval_ms = 500;
  record.released = true;
  const auto back = OwnerRecord::parse(record.to_text() + "\n\n\n");
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((back->instance == record.instance));
  BOOST_TEST(back->node == "oss1");
  BOOST_TEST(back->boot == "0c0f");
  BOOST_TEST(back->pid == 4711u);
  BOOST_TEST(back->epoch == 7u);
  BOOST_TEST(back->beat == 12u);
  BOOST_TEST(back->interval_ms == 500u);
  BOOST_TEST(back->released);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_whole_record_is_none) {
  OwnerRecord record;
  record.instance = Uuid::generate(random);
  const std::string text = record.to_text();
  for (size_t size = 0; size < text.size() - 1; ++size)
    BOOST_TEST(!OwnerRecord::parse(text.substr(0, size)).has_value(), size);
  for (size_t at = 0; at < text.size() - 1; ++at) {
    std::string bad = text;
    bad[at] ^= 1;
    BOOST_TEST(!OwnerRecord::parse(bad).has_value(), at);
  }
}

BOOST_AUTO_TEST_CASE(a_new_target_is_taken_at_once) {
  const MonotonicNs before = clock.monotonic();
  BOOST_TEST(take("oss1").has_value());
  BOOST_TEST(clock.monotonic() - before < 500 * kMillisecond);
}

BOOST_AUTO_TEST_CASE(a_target_that_another_node_serves_is_refused) {
  auto serving = take_and_live("oss1");
  BOOST_REQUIRE(serving);
  (*serving)->publish(7);
  const auto refused = take("oss2");
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code() == Errc::kLocked));
  BOOST_TEST(refused.error().message().find("oss1") != std::string::npos);
  BOOST_TEST(refused.error().message().find("epoch 7") != std::string::npos);
  (*serving)->confirm();
  BOOST_TEST(ended == 0);
}

BOOST_AUTO_TEST_CASE(a_target_whose_owner_stands_still_is_taken_after_two_beats) {
  BOOST_REQUIRE(take("oss1"));
  const MonotonicNs before = clock.monotonic();
  BOOST_REQUIRE(take("oss2"));
  const int64_t watched = clock.monotonic() - before;
  BOOST_TEST(watched > 100 * kMillisecond);
  BOOST_TEST(record().node == "oss2");
}

BOOST_AUTO_TEST_CASE(an_owner_of_the_same_boot_is_not_watched_because_its_lock_is_gone) {
  { BOOST_REQUIRE(take("oss1")); }
  auto slow = options("oss1");
  slow.interval_ns = 10 * kSecond;
  { BOOST_REQUIRE(OwnerGuard::take(clock, directory.path(), std::move(slow))); }
  const MonotonicNs before = clock.monotonic();
  BOOST_REQUIRE(take("oss1"));
  BOOST_TEST(clock.monotonic() - before < 1 * kSecond);
}

BOOST_AUTO_TEST_CASE(an_owner_that_ended_in_order_is_not_watched) {
  {
    auto slow = options("oss1");
    slow.interval_ns = 10 * kSecond;
    auto first = OwnerGuard::take(clock, directory.path(), std::move(slow));
    BOOST_REQUIRE(first);
    (*first)->publish(7);
    (*first)->release_at_end();
  }
  BOOST_TEST(record().released);
  const MonotonicNs before = clock.monotonic();
  BOOST_REQUIRE(take("oss2"));
  BOOST_TEST(clock.monotonic() - before < 1 * kSecond);
  BOOST_TEST(!record().released);
}

BOOST_AUTO_TEST_CASE(an_owner_that_goes_while_it_is_watched_makes_room) {
  auto first = take_and_live("oss1");
  BOOST_REQUIRE(first);
  (*first)->publish(7);
  (*first)->release_at_end();
  std::thread leaving([&] {
    sleep_ms(300);
    first->reset();
  });
  OwnerOptions patient = options("oss2");
  patient.patience_ns = 10 * kSecond;
  const MonotonicNs before = clock.monotonic();
  BOOST_TEST(OwnerGuard::take(clock, directory.path(), std::move(patient)).has_value());
  BOOST_TEST(clock.monotonic() - before <
             900 * kMillisecond);  // not for two beats of half a second
  leaving.join();
}

BOOST_AUTO_TEST_CASE(the_record_is_renewed_while_the_owner_lives) {
  auto guard = take("oss1");
  BOOST_REQUIRE(guard);
  (*guard)->publish(7);
  const uint64_t before = record().beat;
  sleep_ms(250);
  BOOST_TEST(record().beat >= before + 2);
  BOOST_TEST((*guard)->age_ns() < 1 * kSecond);
  BOOST_TEST(record().epoch == 7u);
}

BOOST_AUTO_TEST_CASE(a_target_is_kept_from_the_moment_it_is_taken_however_long_it_takes_to_open) {
  const auto opening = take_and_live("oss1");
  BOOST_REQUIRE(opening);
  sleep_ms(250);
  BOOST_TEST((take("oss2").code() == Errc::kLocked));
}

BOOST_AUTO_TEST_CASE(an_owner_does_not_trust_itself_for_as_long_as_a_starter_watches) {
  const OwnerOptions usual;
  BOOST_TEST(usual.lease_ns < 2 * usual.interval_ns);
}

BOOST_AUTO_TEST_CASE(
    after_a_pause_longer_than_its_lease_a_superseded_owner_stops_before_it_writes) {
  auto guard = take_and_stand_still("oss1");
  BOOST_REQUIRE(guard);
  put_another_owner();
  (*guard)->confirm();  // the lease holds: nobody can have taken the target within it
  BOOST_TEST(ended == 0);
  sleep_ms(250);
  BOOST_CHECK_THROW((*guard)->confirm(), Superseded);
  BOOST_TEST(ended == 1);
}

BOOST_AUTO_TEST_CASE(a_beat_that_comes_late_does_not_unseat_the_new_owner) {
  OwnerRecord late;
  {
    const auto old = take_and_stand_still("oss1");
    BOOST_REQUIRE(old);
    late = record();
  }
  late.interval_ms = 50;  // or the next start would watch for two hours
  put(late);
  auto guard = take("oss2");
  BOOST_REQUIRE(guard);
  put(late);  // what was on its way when oss1 stood still
  sleep_ms(250);
  (*guard)->confirm();
  BOOST_TEST(ended == 0);
  BOOST_TEST(record().node == "oss2");
}

BOOST_AUTO_TEST_CASE(an_owner_whose_late_beat_hid_the_new_ones_record_ends_all_the_same) {
  auto old = take_and_stand_still("oss1");
  BOOST_REQUIRE(old);
  const OwnerRecord late = record();
  put_another_owner();
  put(late);
  sleep_ms(250);
  BOOST_CHECK_THROW((*old)->confirm(), Superseded);
}

BOOST_AUTO_TEST_CASE(what_a_record_says_that_is_not_the_claimants_is_not_believed) {
  BOOST_REQUIRE(take("oss1"));
  OwnerRecord late = record();
  late.instance = Uuid::generate(random);
  late.released = true;
  put(late);
  const MonotonicNs before = clock.monotonic();
  BOOST_REQUIRE(take("oss2"));
  BOOST_TEST(clock.monotonic() - before > 100 * kMillisecond);
}

BOOST_AUTO_TEST_CASE(a_claim_whose_owner_never_wrote_its_record_is_watched) {
  auto file = OwnerFile::open(directory.path());
  BOOST_REQUIRE(file && (*file)->write_claim({Uuid::generate(random), "oss1", 4711}));
  const MonotonicNs before = clock.monotonic();
  BOOST_REQUIRE(take("oss2"));
  BOOST_TEST(clock.monotonic() - before > 100 * kMillisecond);
}

BOOST_AUTO_TEST_CASE(an_owner_that_beat_just_before_it_was_unseated_is_given_time_to_see_it) {
  BOOST_REQUIRE(take_and_stand_still("oss1"));
  OwnerRecord beating = record();
  beating.interval_ms = 50;
  put(beating);
  fault::unlock();
  BOOST_REQUIRE(fault::arm("target.guard.before_claim=delay:1000*1"));
  auto file = OwnerFile::open(directory.path());
  BOOST_REQUIRE(file);
  ++beating.beat;
  std::atomic<bool> written{false};
  std::thread late([&] {
    sleep_ms(600);
    written = (*file)->write(beating).has_value();
  });
  const MonotonicNs before = clock.monotonic();
  const auto taken = take("oss2");
  late.join();
  BOOST_REQUIRE(written);
  BOOST_REQUIRE(taken);
  // Two beats before, and two after.
  BOOST_TEST(clock.monotonic() - before > 1200 * kMillisecond);
}

BOOST_AUTO_TEST_CASE(a_beat_that_is_overtaken_by_a_claim_is_the_last) {
  auto guard = take_and_stand_still("oss1");
  BOOST_REQUIRE(guard);
  fault::unlock();
  BOOST_REQUIRE(fault::arm("target.guard.before_record=delay:500*1"));
  auto file = OwnerFile::open(directory.path());
  BOOST_REQUIRE(file);
  const OwnerClaim claim{Uuid::generate(random), "oss2", 4711};
  std::atomic<bool> written{false};
  std::thread other([&] {
    sleep_ms(200);
    written = (*file)->write_claim(claim).has_value();
  });
  BOOST_CHECK_THROW((*guard)->publish(7), Superseded);
  other.join();
  BOOST_REQUIRE(written);
}

BOOST_AUTO_TEST_CASE(a_look_is_trusted_for_less_time_than_a_beat) {
  auto guard = take_and_stand_still("oss1");
  BOOST_REQUIRE(guard);
  sleep_ms(250);
  (*guard)->confirm();
  put_another_owner();
  sleep_ms(120);
  BOOST_CHECK_THROW((*guard)->confirm(), Superseded);
}

BOOST_AUTO_TEST_CASE(a_claim_is_read_back_as_it_was_written) {
  const OwnerClaim claim{Uuid::generate(random), "oss1", 4711};
  const auto back = OwnerClaim::parse(claim.to_text() + "\n\n");
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((back->instance == claim.instance));
  BOOST_TEST(back->holder() == "oss1 (process 4711)");
  BOOST_TEST(!OwnerClaim::parse(record_text()).has_value());
  for (size_t size = 0; size < claim.to_text().size() - 1; ++size)
    BOOST_TEST(!OwnerClaim::parse(claim.to_text().substr(0, size)).has_value(), size);
}

BOOST_AUTO_TEST_CASE(after_a_pause_an_owner_that_still_is_one_goes_on) {
  auto guard = take_and_stand_still("oss1");
  BOOST_REQUIRE(guard);
  sleep_ms(250);
  (*guard)->confirm();
  BOOST_TEST(ended == 0);
}

BOOST_AUTO_TEST_CASE(a_suspicion_is_looked_into_before_the_lease_is_over) {
  auto slow = options("oss1");
  slow.interval_ns = 3600 * kSecond;
  slow.lease_ns = 3600 * kSecond;
  auto guard = OwnerGuard::take(clock, directory.path(), std::move(slow));
  BOOST_REQUIRE(guard);
  sleep_ms(120);
  (*guard)->suspect();
  BOOST_TEST(ended == 0);
  put_another_owner();
  sleep_ms(120);
  BOOST_CHECK_THROW((*guard)->suspect(), Superseded);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_half_written_by_another_is_not_taken_for_ours) {
  auto guard = take_and_stand_still("oss1");
  BOOST_REQUIRE(guard);
  std::ofstream(directory.path() + "/OWNER") << "sheen owner 1\ninst";
  sleep_ms(250);
  BOOST_CHECK_THROW((*guard)->confirm(), Superseded);
}

BOOST_AUTO_TEST_SUITE_END()
