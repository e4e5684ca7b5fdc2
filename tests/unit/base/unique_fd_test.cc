// SPDX-License-Identifier: Apache-2.0
// Proves that a descriptor is closed once, by its last owner.
#include <utility>

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

#include "lib/base/unique_fd.h"

using namespace sheen;

namespace {

UniqueFd open_null() { return UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(unique_fd)

BOOST_AUTO_TEST_CASE(the_end_of_its_owner_closes_it) {
  int number = -1;
  {
    const UniqueFd fd = open_null();
    BOOST_REQUIRE(fd.good());
    number = fd.get();
    BOOST_TEST(is_open(number));
  }
  BOOST_TEST(!is_open(number));
}

BOOST_AUTO_TEST_CASE(what_is_moved_stays_open_and_what_it_replaces_does_not) {
  UniqueFd first = open_null();
  UniqueFd second = open_null();
  const int kept = first.get();
  const int replaced = second.get();
  second = std::move(first);
  BOOST_TEST(second.get() == kept);
  BOOST_TEST(is_open(kept));
  BOOST_TEST(!is_open(replaced));
}

BOOST_AUTO_TEST_CASE(what_is_closed_is_not_closed_again) {
  UniqueFd fd = open_null();
  BOOST_TEST(fd.close() == 0);
  const UniqueFd another = open_null();  // the same number
  BOOST_TEST(fd.close() == 0);
  BOOST_TEST(is_open(another.get()));
}

BOOST_AUTO_TEST_SUITE_END()
