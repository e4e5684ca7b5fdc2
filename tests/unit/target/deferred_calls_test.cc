// SPDX-License-Identifier: Apache-2.0
// Proves what a session remembers of deferred requests while one of them waits for very long.
#include <boost/test/unit_test.hpp>

#include "lib/target/deferred_calls.h"

namespace sheen::target {

BOOST_AUTO_TEST_SUITE(deferred_calls)

BOOST_AUTO_TEST_CASE(answers_take_no_room_from_what_waits) {
  DeferredCalls calls;
  calls.add(1, "peer", false);  // waits, and holds the client's floor back
  for (uint64_t xid = 2; xid < 3 * DeferredCalls::kAnswersMax; ++xid) {
    BOOST_REQUIRE(!calls.full());
    calls.add(xid, "peer", false);
    calls.keep_answer(xid, Errc::kAgain);
  }
  BOOST_TEST(calls.find(1) != nullptr);
  BOOST_TEST(calls.find(2) == nullptr);
  BOOST_REQUIRE(calls.find(3 * DeferredCalls::kAnswersMax - 1) != nullptr);
  BOOST_TEST(calls.find(3 * DeferredCalls::kAnswersMax - 1)->answered);
}

BOOST_AUTO_TEST_CASE(the_floor_takes_answers_away_and_nothing_else) {
  DeferredCalls calls;
  for (uint64_t xid = 1; xid <= 4; ++xid) calls.add(xid, "peer", false);
  calls.keep_answer(4, ReplyBody{});
  calls.keep_answer(2, ReplyBody{});
  calls.pass(4);
  BOOST_TEST(calls.find(1) != nullptr);
  BOOST_TEST(calls.find(2) == nullptr);
  BOOST_TEST(calls.find(4) != nullptr);
  calls.pass(5);
  BOOST_TEST(calls.find(4) == nullptr);
}

BOOST_AUTO_TEST_CASE(what_waits_is_bounded) {
  DeferredCalls calls;
  for (uint64_t xid = 1; xid <= DeferredCalls::kWaitingMax; ++xid) {
    BOOST_REQUIRE(!calls.full());
    calls.add(xid, "peer", false);
  }
  BOOST_TEST(calls.full());
  calls.keep_answer(1, ReplyBody{});
  BOOST_TEST(!calls.full());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::target
