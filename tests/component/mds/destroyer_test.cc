// SPDX-License-Identifier: Apache-2.0
// Objects of files that are gone are destroyed on every OST, once that is durable here, whatever
// fails or restarts in between; and the rows go when the OST has confirmed it.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

#include "mds/destroyer.h"
#include "tests/component/mds/lone_environment.h"

namespace sheen::mds {
namespace {

wire::Striping striping(std::vector<uint16_t> osts) {
  wire::Striping out;
  out.components.push_back({0, UINT64_MAX, 1U << 20, std::move(osts)});
  return out;
}

struct Fixture {
  Fixture() {
    for (uint16_t i = 0; i < 2; ++i) env.add_ost(i);
    restart();
  }
  void restart() {
    destroyer.reset();
    pool.reset();
    env.open_database();
    pool = std::make_unique<OstPool>(env);
    pool->on_cluster_map(env.cluster_map());
    auto opened = Destroyer::open(env, *pool);
    BOOST_REQUIRE(opened.has_value());
    destroyer = std::move(*opened);
  }
  void step() {
    pool->step(env.manual_clock.now);
    const Status stepped = destroyer->step(env.manual_clock.now);
    if (!stepped) BOOST_FAIL(stepped.error().message());
  }
  void settle() {
    for (int i = 0; i < 30; ++i) step();
  }
  void pass(int64_t ns) {
    for (const int64_t until = env.manual_clock.now + ns; env.manual_clock.now < until;) {
      env.manual_clock.now += 100 * kMillisecond;
      step();
    }
    settle();
  }
  void add(const wire::Striping& layout, uint32_t object) {
    BOOST_REQUIRE(destroyer->add(layout, Fid::make(16, object)).has_value());
  }
  template <class Body>
  void transaction(Body body) {
    BOOST_REQUIRE(env.database().begin().has_value());
    body();
    BOOST_REQUIRE(env.database().commit().has_value());
  }
  std::set<ObjectId> destroyed(uint16_t ost) const {
    std::set<ObjectId> out;
    for (const auto& batch : env.osts.at(ost)->destroyed) out.insert(batch.begin(), batch.end());
    return out;
  }

  LoneEnvironment env;
  std::unique_ptr<OstPool> pool;
  std::unique_ptr<Destroyer> destroyer;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(destroying, Fixture)

BOOST_AUTO_TEST_CASE(every_object_of_a_file_is_destroyed_on_its_ost) {
  transaction([&] { add(striping({1, 0, 1}), 5); });
  settle();
  BOOST_TEST((destroyed(0) == std::set<ObjectId>{{Fid::make(16, 5), 0, 1}}));
  BOOST_TEST(
      (destroyed(1) == std::set<ObjectId>{{Fid::make(16, 5), 0, 0}, {Fid::make(16, 5), 0, 2}}));
  BOOST_TEST(destroyer->pending() == 0U);
  restart();
  settle();
  BOOST_TEST(env.osts[0]->destroyed.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_rolled_back_is_not_destroyed) {
  transaction([&] {
    BOOST_REQUIRE(env.database().savepoint().has_value());
    add(striping({0}), 1);
    BOOST_REQUIRE(env.database().rollback_to_savepoint().has_value());
    BOOST_REQUIRE(env.database().savepoint().has_value());
    add(striping({0}), 2);
    BOOST_REQUIRE(env.database().release().has_value());
  });
  step();
  BOOST_TEST(destroyer->pending() == 1U);
  settle();
  BOOST_TEST((destroyed(0) == std::set<ObjectId>{{Fid::make(16, 2), 0, 0}}));
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_that_a_power_cut_could_undo) {
  env.last = Transno::make(1, 7);
  env.durable = Transno::make(1, 6);
  transaction([&] { add(striping({0}), 1); });
  settle();
  BOOST_TEST(env.osts[0]->destroyed.empty());
  BOOST_TEST(destroyer->pending() == 1U);
  env.last = Transno::make(1, 9);
  transaction([&] { add(striping({0}), 2); });
  env.durable = Transno::make(1, 7);
  settle();
  BOOST_TEST((destroyed(0) == std::set<ObjectId>{{Fid::make(16, 1), 0, 0}}));
  env.durable = Transno::make(1, 9);
  settle();
  BOOST_TEST(destroyed(0).size() == 2U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(many_objects_go_in_batches_one_at_a_time) {
  constexpr uint32_t kFiles = 1300;
  transaction([&] {
    for (uint32_t i = 1; i <= kFiles; ++i) add(striping({0}), i);
  });
  settle();
  BOOST_TEST(destroyed(0).size() == kFiles);
  BOOST_TEST(env.osts[0]->destroyed.size() == 3U);
  for (const auto& batch : env.osts[0]->destroyed) BOOST_TEST(batch.size() <= kDestroyBatchMax);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(an_ost_that_is_away_gets_its_destroys_when_it_is_back_and_holds_up_no_other) {
  env.osts[0]->up = false;
  transaction([&] { add(striping({0, 1}), 1); });
  pass(3 * kSecond);
  BOOST_TEST(destroyed(1).size() == 1U);
  BOOST_TEST(destroyer->pending() == 1U);
  env.osts[0]->up = true;
  pass(5 * kSecond);
  BOOST_TEST(destroyed(0).size() == 1U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(a_failed_batch_is_repeated) {
  env.osts[0]->destroy_fails = Errc::kNoSpace;
  transaction([&] { add(striping({0}), 1); });
  pass(3 * kSecond);
  BOOST_TEST(destroyer->pending() == 1U);
  env.osts[0]->destroy_fails = Errc::kOk;
  BOOST_TEST(destroyer->next_wakeup() <= env.manual_clock.now + kSecond);
  pass(2 * kSecond);
  BOOST_TEST(destroyed(0).size() == 1U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(rows_survive_a_restart_before_they_are_confirmed) {
  env.osts[0]->answers = false;
  transaction([&] {
    add(striping({0}), 1);
    add(striping({1}), 2);
  });
  settle();
  BOOST_TEST(destroyed(1).size() == 1U);
  env.osts[0]->answers = true;
  restart();
  settle();
  BOOST_TEST(destroyed(0).size() == 1U);
  BOOST_TEST(env.osts[1]->destroyed.size() == 1U);
  transaction([&] { add(striping({0}), 3); });
  settle();
  BOOST_TEST(destroyed(0).size() == 2U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(an_ost_that_is_not_configured_yet_keeps_its_rows) {
  transaction([&] { add(striping({5}), 1); });
  pass(3 * kSecond);
  BOOST_TEST(destroyer->pending() == 1U);
  env.add_ost(5);
  pool->on_cluster_map(env.cluster_map());
  pass(3 * kSecond);
  BOOST_TEST(destroyed(5).size() == 1U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_went_down_with_its_import_is_sent_by_the_next) {
  env.osts[0]->answers = false;
  transaction([&] { add(striping({0}), 1); });
  settle();
  env.osts[0]->answers = true;
  env.osts[0]->uuid = LoneEnvironment::uuid(210);
  pool->on_cluster_map(env.cluster_map());
  pass(2 * kSecond);
  BOOST_TEST(destroyed(0).size() == 1U);
  BOOST_TEST(destroyer->pending() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
