// SPDX-License-Identifier: Apache-2.0
// The MDT learns of OSTs from the configuration, watches their space and health, and chooses among
// them by Lustre's rules.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <set>

#include "mds/ost_pool.h"
#include "tests/component/mds/lone_environment.h"

namespace sheen::mds {
namespace {

using Osts = std::vector<uint16_t>;

constexpr uint64_t kGiB = uint64_t{1} << 30;

struct Fixture {
  void add_osts(uint16_t count) {
    for (uint16_t i = 0; i < count; ++i) env.add_ost(i);
    pool.on_cluster_map(env.cluster_map());
    settle();
  }
  // Lets everything happen that does not need time.
  void settle() {
    for (int i = 0; i < 20; ++i) pool.step(env.manual_clock.now);
  }
  void pass(int64_t ns) {
    for (const int64_t until = env.manual_clock.now + ns; env.manual_clock.now < until;) {
      env.manual_clock.now += 100 * kMillisecond;
      pool.step(env.manual_clock.now);
    }
    settle();
  }
  Osts choose(int32_t count, int32_t start = -1) {
    const auto chosen = pool.choose(count, 1U << 20, start);
    if (!chosen) BOOST_FAIL(chosen.error().message());
    return *chosen;
  }
  Errc refusal(int32_t count, int32_t start = -1) {
    return pool.choose(count, 1U << 20, start).code();
  }

  LoneEnvironment env;
  OstPool pool{env};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ost_pool, Fixture)

BOOST_AUTO_TEST_CASE(before_any_ost_has_answered_one_has_to_ask_again) {
  BOOST_TEST((refusal(1) == Errc::kRecovering));
  BOOST_TEST((refusal(1, 0) == Errc::kRecovering));
  env.add_ost(0).answers = false;
  pool.on_cluster_map(env.cluster_map());
  settle();
  BOOST_TEST((refusal(1) == Errc::kRecovering));
  pass(100 * kSecond);
  BOOST_TEST((refusal(1) == Errc::kRecovering));
  env.osts[0]->answers = true;
  env.osts[0]->up = false;
  settle();
  env.osts[0]->up = true;
  pass(30 * kSecond);
  BOOST_TEST((choose(1) == Osts{0}));
}

BOOST_AUTO_TEST_CASE(equal_osts_are_used_in_turn) {
  add_osts(4);
  std::array<int, 4> used{};
  for (int i = 0; i < 40; ++i) ++used[choose(1).at(0)];
  BOOST_TEST((used == std::array{10, 10, 10, 10}));
}

BOOST_AUTO_TEST_CASE(the_stripes_of_a_file_are_on_different_osts) {
  add_osts(4);
  for (const int32_t count : {2, 3, 4, -1, 9}) {
    const Osts chosen = choose(count);
    const std::set<uint16_t> distinct(chosen.begin(), chosen.end());
    BOOST_TEST(distinct.size() == chosen.size());
    BOOST_TEST(chosen.size() == (count < 0 || count > 4 ? 4U : static_cast<size_t>(count)));
  }
  BOOST_TEST(choose(0).size() == 1U);
}

BOOST_AUTO_TEST_CASE(wide_files_do_not_all_begin_on_the_same_ost) {
  add_osts(4);
  for (const int32_t count : {2, 4}) {
    std::set<uint16_t> first;
    for (int i = 0; i < 16; ++i) first.insert(choose(count).at(0));
    BOOST_TEST(first.size() == 4U);
  }
}

BOOST_AUTO_TEST_CASE(uneven_osts_are_used_by_their_free_space) {
  add_osts(3);
  env.osts[0]->space.bytes_available = kGiB / 10 * 9;
  env.osts[1]->space.bytes_available = kGiB / 10 * 3;
  env.osts[2]->space.bytes_available = kGiB / 10 * 3;
  pass(3 * kSecond);
  std::array<int, 3> used{};
  for (int i = 0; i < 3000; ++i) ++used[choose(1).at(0)];
  BOOST_TEST(used[0] > 1600);
  BOOST_TEST(used[0] < 2000);
  BOOST_TEST(used[1] > 400);
  BOOST_TEST(used[2] > 400);
  const Osts all = choose(-1);
  BOOST_TEST(std::set<uint16_t>(all.begin(), all.end()).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_difference_below_17_percent_is_none) {
  add_osts(2);
  env.osts[1]->space.bytes_available = env.osts[0]->space.bytes_available / 100 * 84;
  pass(3 * kSecond);
  const uint16_t first = choose(1).at(0);
  for (int i = 1; i < 20; ++i) BOOST_TEST(choose(1).at(0) == (first + i) % 2);
}

BOOST_AUTO_TEST_CASE(full_and_read_only_osts_are_skipped) {
  add_osts(4);
  env.osts[0]->space.bytes_available = 16U << 20;  // 1/64 of a GiB
  env.osts[1]->space.read_only = true;
  env.osts[2]->space.inodes_free = 31;
  pass(3 * kSecond);
  for (int i = 0; i < 5; ++i) BOOST_TEST((choose(-1) == Osts{3}));
  env.osts[0]->space.bytes_available = kGiB / 2;
  pass(3 * kSecond);
  BOOST_TEST(choose(-1).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_small_ost_keeps_little_back) {
  env.add_ost(0).space.bytes_total = 64U << 20;
  env.osts[0]->space.bytes_available = 2U << 20;
  pool.on_cluster_map(env.cluster_map());
  settle();
  BOOST_TEST((choose(1) == Osts{0}));
}

BOOST_AUTO_TEST_CASE(no_space_is_said_when_all_are_full) {
  add_osts(2);
  env.osts[0]->space.bytes_available = 0;
  env.osts[1]->space.read_only = true;
  pass(3 * kSecond);
  BOOST_TEST((refusal(1) == Errc::kNoSpace));
  BOOST_TEST((refusal(1, 0) == Errc::kNoSpace));
}

BOOST_AUTO_TEST_CASE(soon_after_a_start_an_unheard_ost_may_be_the_one_with_space) {
  env.add_ost(0).space.bytes_available = 0;
  env.add_ost(1).up = false;
  pool.on_cluster_map(env.cluster_map());
  settle();
  BOOST_TEST((refusal(1) == Errc::kRecovering));
  pass(61 * kSecond);
  BOOST_TEST((refusal(1) == Errc::kNoSpace));
}

BOOST_AUTO_TEST_CASE(soon_after_a_start_wide_files_wait_for_the_osts_that_were_not_heard_of_yet) {
  for (uint16_t i = 0; i < 4; ++i) env.add_ost(i);
  env.osts[3]->up = false;
  rpc::ClusterMap map = env.cluster_map();
  map.targets.push_back({.label = {"demo", TargetKind::kOst, 4}});  // never started
  pool.on_cluster_map(map);
  settle();
  BOOST_TEST(choose(1).size() == 1U);
  BOOST_TEST(choose(3).size() == 3U);
  BOOST_TEST((refusal(4) == Errc::kRecovering));
  BOOST_TEST((refusal(-1) == Errc::kRecovering));
  BOOST_TEST(choose(2, 0).size() == 2U);
  BOOST_TEST((refusal(4, 0) == Errc::kRecovering));
  env.osts[3]->up = true;
  pass(2 * kSecond);
  BOOST_TEST(choose(-1).size() == 4U);
}

BOOST_AUTO_TEST_CASE(an_ost_that_does_not_come_holds_wide_files_up_for_five_seconds) {
  for (uint16_t i = 0; i < 3; ++i) env.add_ost(i);
  env.osts[2]->up = false;
  pool.on_cluster_map(env.cluster_map());
  pass(4 * kSecond);
  BOOST_TEST((refusal(-1) == Errc::kRecovering));
  pass(2 * kSecond);
  BOOST_TEST(choose(-1).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_longer_interval_does_not_make_osts_unhealthy) {
  for (uint16_t i = 0; i < 2; ++i) env.add_ost(i);
  rpc::ClusterMap map = env.cluster_map();
  map.params["mdt.statfs_interval_ms"] = "60000";
  pool.on_cluster_map(map);
  settle();
  for (int i = 0; i < 10; ++i) {
    pass(13 * kSecond);
    BOOST_TEST(pool.view()[0].healthy);
  }
  env.osts[0]->answers = false;
  pass(250 * kSecond);
  BOOST_TEST(!pool.view()[0].healthy);
}

BOOST_AUTO_TEST_CASE(an_ost_that_went_away_is_skipped_until_it_is_back) {
  add_osts(2);
  env.osts[0]->up = false;
  settle();
  for (int i = 0; i < 4; ++i) BOOST_TEST((choose(1) == Osts{1}));
  env.osts[0]->up = true;
  pass(5 * kSecond);
  BOOST_TEST(choose(-1).size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_ost_that_is_connected_but_silent_is_unhealthy_after_ten_seconds) {
  add_osts(2);
  env.osts[0]->answers = false;
  pass(5 * kSecond);
  BOOST_TEST(pool.view()[0].healthy);
  pass(7 * kSecond);
  BOOST_TEST(!pool.view()[0].healthy);
  BOOST_TEST((choose(-1) == Osts{1}));
}

BOOST_AUTO_TEST_CASE(when_all_are_away_files_can_still_be_made) {
  add_osts(2);
  for (auto& [index, ost] : env.osts) ost->up = false;
  pass(20 * kSecond);
  BOOST_TEST(choose(-1).size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_explicit_start_is_honoured) {
  add_osts(4);
  BOOST_TEST((choose(1, 2) == Osts{2}));
  BOOST_TEST((choose(3, 2) == Osts{2, 3, 0}));
  BOOST_TEST((choose(-1, 1) == Osts{1, 2, 3, 0}));
  BOOST_TEST((refusal(1, 4) == Errc::kInvalid));
  BOOST_TEST((refusal(1, 70000) == Errc::kInvalid));
  env.osts[2]->up = false;
  settle();
  BOOST_TEST((choose(1, 2) == Osts{2}));
  env.osts[3]->space.read_only = true;
  pass(3 * kSecond);
  BOOST_TEST((choose(3, 2) == Osts{2, 0, 1}));
  BOOST_TEST((refusal(1, 3) == Errc::kNoSpace));
}

BOOST_AUTO_TEST_CASE(imports_follow_the_configuration) {
  add_osts(2);
  rpc::Import* const first = pool.import(0);
  const uint64_t generation = pool.import_generation(0);
  BOOST_REQUIRE(first != nullptr);
  pool.on_cluster_map(env.cluster_map());
  BOOST_TEST(pool.import(0) == first);
  BOOST_TEST(pool.import_generation(0) == generation);

  env.osts[0]->uuid = LoneEnvironment::uuid(200);  // formatted anew
  pool.on_cluster_map(env.cluster_map());
  BOOST_TEST(pool.import_generation(0) != generation);
  settle();
  BOOST_TEST(choose(-1).size() == 2U);

  rpc::ClusterMap map = env.cluster_map();
  map.targets.erase(map.targets.begin());
  pool.on_cluster_map(map);
  BOOST_TEST(pool.import(0) == nullptr);
  BOOST_TEST(pool.import_generation(0) == 0U);
  BOOST_TEST(!pool.exists(0));
  BOOST_TEST((choose(-1) == Osts{1}));

  map.targets[0].info.control.clear();
  map.targets[0].label.index = 7;
  pool.on_cluster_map(map);
  BOOST_TEST(pool.exists(7));
  BOOST_TEST(pool.import(7) == nullptr);
  BOOST_TEST((choose(1, 7) == Osts{7}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
