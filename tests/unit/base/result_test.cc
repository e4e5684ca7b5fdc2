// SPDX-License-Identifier: Apache-2.0
// Proves that errors keep their code and words on their way up, and that unknown codes are
// harmless.
#include <cerrno>

#include <boost/test/unit_test.hpp>

#include "lib/base/result.h"

using namespace sheen;

namespace {
Result<int> half(int number) {
  if (number % 2 != 0) return Error(Errc::kInvalid, "odd");
  return number / 2;
}
Result<int> quarter(int number) {
  SHEEN_ASSIGN(const int once, half(number));
  SHEEN_ASSIGN(const int twice, half(once));
  return twice;
}
Status check(int number) {
  SHEEN_TRY(quarter(number));
  return ok();
}
}  // namespace

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(the_macros_pass_values_and_errors_on) {
  BOOST_TEST(*quarter(12) == 3);
  BOOST_TEST((quarter(6).code() == Errc::kInvalid));
  BOOST_TEST(check(8).has_value());
  BOOST_TEST(check(5).error().message() == "odd: invalid argument");
}

BOOST_AUTO_TEST_CASE(a_prefix_goes_before_the_detail) {
  BOOST_TEST(Error(Errc::kIo, "b").with("a").message() == "a: b: input/output error");
  BOOST_TEST(Error(Errc::kIo).with("a").message() == "a: input/output error");
}

BOOST_AUTO_TEST_CASE(errno_values_travel_unchanged) {
  for (const int number : {EPERM, ENOENT, ENOTEMPTY, EDQUOT, ENOTTY, EMFILE}) {
    BOOST_TEST(errno_of(errc_from_errno(number)) == number);
  }
}

BOOST_AUTO_TEST_CASE(a_code_from_a_newer_peer_is_an_io_error) {
  BOOST_TEST(errno_of(static_cast<Errc>(4711)) == EIO);
  BOOST_TEST((errc_info(static_cast<Errc>(4711)).code == Errc::kIo));
  BOOST_TEST((errc_from_errno(0) == Errc::kIo));
  BOOST_TEST((errc_from_errno(-5) == Errc::kIo));
}

BOOST_AUTO_TEST_SUITE_END()
