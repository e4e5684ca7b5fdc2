// SPDX-License-Identifier: Apache-2.0
// Proves that work which hangs is given up, that work which gets on is not, and that what a command
// prints and returns comes out of its child as if there were none.
#include "cli/deadline.h"

#include <chrono>
#include <csignal>
#include <thread>

#include <unistd.h>
#include <boost/test/unit_test.hpp>

namespace sheen::cli {
namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(deadline)

BOOST_AUTO_TEST_CASE(what_the_work_returned_comes_back) {
  const auto result = within_deadline(60'000, "/path", [](SignOfLife&) { return ENOTCONN; });
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST(*result == ENOTCONN);
}

BOOST_AUTO_TEST_CASE(work_that_hangs_is_unreachable) {
  const auto result = within_deadline(100, "/path", [](SignOfLife&) {
    sleep_ms(60'000);
    return 0;
  });
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().exit_code == kExitUnreachable);
  BOOST_TEST(result.error().target == "/path");
}

BOOST_AUTO_TEST_CASE(work_that_gets_on_may_take_longer) {
  const auto result = within_deadline(2000, "/path", [](SignOfLife& alive) {
    for (int i = 0; i < 30; ++i) {
      sleep_ms(100);
      alive();
    }
    return 7;
  });
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST(*result == 7);
}

BOOST_AUTO_TEST_CASE(work_that_crashes_is_a_failure_and_no_silence) {
  const auto result = within_deadline(60'000, "/path", [](SignOfLife&) {
    ::raise(SIGKILL);
    return 0;
  });
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().exit_code == kExitFailed);
}

BOOST_AUTO_TEST_CASE(a_commands_exit_code_comes_back) {
  const Context context;
  const auto good = run_on_mount(context, "/path", [](SignOfLife&) { return kExitOk; });
  BOOST_REQUIRE(good.has_value());
  BOOST_TEST(*good == kExitOk);
  const auto bad = run_on_mount(context, "/path", [](SignOfLife&) -> ExitOutcome {
    return usage("this complaint is printed by a test");
  });
  BOOST_REQUIRE(bad.has_value());
  BOOST_TEST(*bad == kExitUsage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
