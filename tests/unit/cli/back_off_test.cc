// SPDX-License-Identifier: Apache-2.0
// Proves that a server that lived is started again at once, and one that keeps dying ever more
// seldom, however often it served for a moment.
#include "cli/demo/back_off.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli::demo {

BOOST_AUTO_TEST_SUITE(back_off)

BOOST_AUTO_TEST_CASE(a_server_that_lived_is_started_at_once) {
  BackOff back_off;
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(back_off.after_life(BackOff::kHealthyLifeNs) == BackOff::kShortestNs);
}

BOOST_AUTO_TEST_CASE(a_server_that_keeps_dying_is_started_ever_more_seldom) {
  BackOff back_off;
  for (int i = 0; i < BackOff::kFreeDeaths; ++i)
    BOOST_TEST(back_off.after_life(kSecond) == BackOff::kShortestNs);
  int64_t before = BackOff::kShortestNs;
  while (before < BackOff::kLongestNs) {
    const int64_t delay = back_off.after_life(kSecond);
    BOOST_REQUIRE(delay > before);
    before = delay;
  }
  BOOST_TEST(back_off.after_life(kSecond) == BackOff::kLongestNs);
}

BOOST_AUTO_TEST_CASE(one_healthy_life_and_all_is_forgotten) {
  BackOff back_off;
  for (int i = 0; i < 20; ++i) back_off.after_life(0);
  BOOST_TEST(back_off.after_life(BackOff::kHealthyLifeNs) == BackOff::kShortestNs);
  BOOST_TEST(back_off.after_life(0) == BackOff::kShortestNs);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli::demo
