// SPDX-License-Identifier: Apache-2.0
// Proves that fault points do nothing unless unlocked and armed, and then what the spec says.
#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"

using namespace sheen;

namespace {
std::optional<fault::Hit> here() { return SHEEN_FAULT("test.here"); }
struct Unlocked {
  Unlocked() { fault::unlock(); }
  ~Unlocked() { fault::disarm(""); }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(fault_points)

BOOST_AUTO_TEST_CASE(arming_needs_unlocking) {
  if (!fault::unlocked()) BOOST_TEST((fault::arm("test.here=drop").code() == Errc::kPermission));
  BOOST_TEST(!here().has_value());
}

BOOST_FIXTURE_TEST_CASE(an_armed_point_fires_as_often_as_asked, Unlocked) {
  BOOST_TEST(fault::arm("test.here=error:28*2").has_value());
  BOOST_TEST((here()->code == Errc::kNoSpace));
  BOOST_TEST(here().has_value());
  BOOST_TEST(!here().has_value());
  BOOST_TEST(fault::list().at(0).hits == 2u);
}

BOOST_FIXTURE_TEST_CASE(one_in_n_passes_fires, Unlocked) {
  BOOST_TEST(fault::arm("test.here=drop%3").has_value());
  int fired = 0;
  for (int i = 0; i < 9; ++i) fired += here().has_value() ? 1 : 0;
  BOOST_TEST(fired == 3);
}

BOOST_FIXTURE_TEST_CASE(disarming_ends_it, Unlocked) {
  BOOST_TEST(fault::arm("test.here=drop").has_value());
  BOOST_TEST(here()->drop());
  fault::disarm("test.here");
  BOOST_TEST(!here().has_value());
  BOOST_TEST(!fault::any_armed());
}

BOOST_FIXTURE_TEST_CASE(a_malformed_spec_is_refused, Unlocked) {
  for (const char* spec : {"", "x", "=crash", "x=", "x=boom", "x=delay", "x=delay:0", "x=delay:x",
                           "x=error:", "x=drop*0", "x=drop%", "x=delay:9999999"})
    BOOST_TEST((fault::arm(spec).code() == Errc::kInvalid), spec);
}

BOOST_AUTO_TEST_SUITE_END()
