// SPDX-License-Identifier: Apache-2.0
// Proves that a complaint is one line with the target and an advice in it, and has the right exit
// code.
#include "cli/outcome.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli {

BOOST_AUTO_TEST_SUITE(outcome)

BOOST_AUTO_TEST_CASE(a_complaint_is_one_line_whatever_is_in_it) {
  const Complaint complaint{kExitFailed, "it broke\nbadly", "demo-OST0001", "mend it"};
  BOOST_TEST(complaint.line("sheen") == "sheen: it broke badly, demo-OST0001: mend it");
  BOOST_TEST((Complaint{kExitFailed, "it broke", {}, {}}).line("sheen") == "sheen: it broke");
}

BOOST_AUTO_TEST_CASE(exit_codes_tell_usage_from_failure_from_silence) {
  BOOST_TEST(usage("what").exit_code == kExitUsage);
  BOOST_TEST(complain(Error(Errc::kNoSpace), "t").exit_code == kExitFailed);
  BOOST_TEST(complain(Error(Errc::kNotConnected), "t").exit_code == kExitUnreachable);
  BOOST_TEST(complain(Error(Errc::kTimedOut), "t").exit_code == kExitUnreachable);
}

BOOST_AUTO_TEST_CASE(the_target_is_not_named_twice) {
  const Complaint complaint =
      complain(Error(Errc::kInvalid, "demo-MGT: bad value"), "demo-MGT", "x");
  BOOST_TEST(complaint.what == "bad value: invalid argument");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_is_named_once_and_without_its_addresses) {
  const std::string address = "tcp://localhost:7988";
  const std::string detail = address + ": " + address + ": connection refused or broken";
  BOOST_TEST(
      complain(Error(Errc::kNotConnected, detail), "MGS at localhost", "start it").line("sheen") ==
      "sheen: connection refused or broken, MGS at localhost: start it");
  BOOST_TEST(plain_words(Error(Errc::kNotConnected,
                               "demo-OST0001: " + detail + ": no server could be reached"),
                         "demo-OST0001") == "connection refused or broken");
  BOOST_TEST(plain_words(Error(Errc::kNotConnected, address), "demo-OST0001") ==
             "no server could be reached");
}

BOOST_AUTO_TEST_CASE(results_become_outcomes) {
  BOOST_TEST(*at("t", Result<int>(7)) == 7);
  BOOST_TEST(at("t", ok()).has_value());
  const Outcome<int> failed = at("t", Result<int>(Error(Errc::kLocked)), "stop it");
  BOOST_REQUIRE(!failed);
  BOOST_TEST(failed.error().target == "t");
  BOOST_TEST(failed.error().advice == "stop it");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
