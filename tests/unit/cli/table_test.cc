// SPDX-License-Identifier: Apache-2.0
// Proves what tables and numbers for people look like.
#include "cli/table.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli {

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(numbers_stand_right_and_words_left_without_spaces_at_the_end) {
  Table table({"NAME", ">COUNT", "STATE"});
  table.row({"a", "1", "up"});
  table.row({"long name", "12345678", "down"});
  BOOST_TEST(table.to_string() ==
             "NAME          COUNT  STATE\n"
             "a                 1  up\n"
             "long name  12345678  down\n");
}

BOOST_AUTO_TEST_CASE(bytes_are_rounded_to_three_digits) {
  BOOST_TEST(format_bytes(0) == "0");
  BOOST_TEST(format_bytes(1023) == "1023");
  BOOST_TEST(format_bytes(1024) == "1.0K");
  BOOST_TEST(format_bytes(1536 * 1024) == "1.5M");
  BOOST_TEST(format_bytes(64 << 10) == "64K");
  BOOST_TEST(format_bytes((1 << 20) - 1) == "1.0M");
  BOOST_TEST(format_bytes(UINT64_MAX) == "16E");
}

BOOST_AUTO_TEST_CASE(durations_have_two_units) {
  BOOST_TEST(format_duration_ms(950) == "0.9s");
  BOOST_TEST(format_duration_ms(61'000) == "1m01s");
  BOOST_TEST(format_duration_ms(7'500'000) == "2h05m");
  BOOST_TEST(format_duration_ms(273'600'000) == "3d04h");
}

BOOST_AUTO_TEST_CASE(something_is_never_shown_as_nothing) {
  BOOST_TEST(format_percent(0, 100) == "0%");
  BOOST_TEST(format_percent(1, 1000) == "1%");
  BOOST_TEST(format_percent(50, 100) == "50%");
  BOOST_TEST(format_percent(100, 100) == "100%");
  BOOST_TEST(format_percent(0, 0) == "-");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
