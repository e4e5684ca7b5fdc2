// SPDX-License-Identifier: Apache-2.0
// main() of every Boost.Test program; CMake names the module.
#define BOOST_TEST_MODULE SHEEN_TEST_NAME
#include <boost/test/unit_test.hpp>
