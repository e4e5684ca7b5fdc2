// SPDX-License-Identifier: Apache-2.0
// Proves that an object's file is named as the OST names it: in hex, but for the subdirectory.
#include "cli/object_file.h"

#include <boost/test/unit_test.hpp>

namespace sheen::cli {

BOOST_AUTO_TEST_SUITE(object_files)

BOOST_AUTO_TEST_CASE(component_and_stripe_are_hexadecimal_as_the_rest) {
  BOOST_TEST(object_file({Fid::make(0x1a, 0x2f), 0, 3}) == "O/1a/d15/2f.0.3");
  BOOST_TEST(object_file({Fid::make(0x1a, 0x2f), 11, 10}) == "O/1a/d15/2f.b.a");
  BOOST_TEST(object_file({Fid::make(0x1a, 0x2f), 0, 200}) == "O/1a/d15/2f.0.c8");
}

BOOST_AUTO_TEST_CASE(the_subdirectory_is_decimal) {
  BOOST_TEST(object_file({Fid::make(1, 31), 0, 0}) == "O/1/d31/1f.0.0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
