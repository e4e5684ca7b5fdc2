// SPDX-License-Identifier: Apache-2.0
// An MDT uses the sequences that the MGS gives it only when they are on the MGS's disk.

#include <boost/test/unit_test.hpp>

#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture {
  Fixture() {
    env.mgs_syncs = false;
    auto opened = Mdt::open(env);
    if (!opened) BOOST_FAIL(opened.error().message());
    mdt = std::move(*opened);
    mdt->on_cluster_map(env.cluster_map());
    mdt->on_recovery_finished();
  }
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      env.manual_clock.now += kSecond;
      for (int step = 0; step < 10; ++step) {
        env.mgs()->step();
        BOOST_REQUIRE(mdt->step(env.manual_clock.now).has_value());
      }
    }
  }

  MdtEnvironment env;
  std::unique_ptr<Mdt> mdt;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sequences, Fixture)

BOOST_AUTO_TEST_CASE(they_wait_for_the_disk_of_the_mgs) {
  pass(5);
  BOOST_TEST(env.next_sequence > 0x400U);  // given
  CHECK_ERRC(mdt->store().fids.next(), Errc::kRecovering);
  env.mgs_syncs = true;
  pass(60);  // the connection is taken for dead, and the Sync is sent again
  const auto fid = mdt->store().fids.next();
  REQUIRE_OK(fid);
  BOOST_TEST(fid->sequence() == 0x400U);
}

BOOST_AUTO_TEST_CASE(those_of_an_mgs_that_restarted_before_it_synced_are_not_used) {
  pass(5);
  const uint32_t given_by_the_next_life = env.next_sequence;
  env.mgs_syncs = true;
  env.mgs_life = 2;
  pass(60);
  const auto fid = mdt->store().fids.next();
  REQUIRE_OK(fid);
  BOOST_TEST(fid->sequence() >= given_by_the_next_life);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
