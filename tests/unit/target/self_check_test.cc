// SPDX-License-Identifier: Apache-2.0
// Proves that a probe says whether what was written can be read back, and never keeps its asker
// waiting.
#include <chrono>
#include <filesystem>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "lib/target/self_check.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;
using namespace sheen::target;

namespace {

SelfCheckResult after_probe(SelfCheck& check) {
  const uint64_t before = check.result().probes;
  check.request_probe();
  for (int tries = 0; tries < 1000 && check.result().probes == before; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return check.result();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(self_check)

BOOST_AUTO_TEST_CASE(a_probe_of_storage_that_works_finds_nothing) {
  const TemporaryDirectory directory = TemporaryDirectory::on_disk();
  SelfCheck check(directory.path());
  const SelfCheckResult result = after_probe(check);
  BOOST_TEST(result.probes == 1u);
  BOOST_TEST(result.probe_error == "");
  BOOST_TEST(after_probe(check).probes == 2u);
}

BOOST_AUTO_TEST_CASE(a_probe_of_storage_that_is_gone_says_so) {
  TemporaryDirectory directory;
  SelfCheck check(directory.path() + "/gone");
  const SelfCheckResult result = after_probe(check);
  BOOST_TEST(result.probes == 1u);
  BOOST_TEST(result.probe_error.find("/gone/PROBE") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_probe_that_fails_once_is_forgotten_by_one_that_does_not) {
  const TemporaryDirectory directory;
  SelfCheck check(directory.path());
  fault::unlock();
  BOOST_REQUIRE(fault::arm("target.check.probe=error:5*1"));
  BOOST_TEST(after_probe(check).probe_error != "");
  BOOST_TEST(after_probe(check).probe_error == "");
}

BOOST_AUTO_TEST_CASE(space_is_looked_at_without_being_asked) {
  const TemporaryDirectory directory = TemporaryDirectory::on_disk();
  SelfCheck check(directory.path());
  for (int tries = 0; tries < 500 && check.result().used_percent == 0; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(check.result().used_percent > 0u);
  BOOST_TEST(check.result().used_percent <= 100u);
}

BOOST_AUTO_TEST_CASE(a_warning_comes_before_the_space_is_gone) {
  BOOST_TEST(SelfCheck::fullness_warning(94) == "");
  BOOST_TEST(SelfCheck::fullness_warning(95) == "its storage is 95 % full");
}

BOOST_AUTO_TEST_SUITE_END()
