// SPDX-License-Identifier: Apache-2.0
// Proves what counts as HOST:PORT.
#include <boost/test/unit_test.hpp>

#include "lib/base/host_port.h"

namespace sheen {
namespace {

std::string parts(std::string_view text) {
  const auto found = parse_host_port(text);
  return found ? found->host + " " + std::to_string(found->port) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_port)

BOOST_AUTO_TEST_CASE(a_host_is_a_name_or_an_address_and_ipv6_stands_in_brackets) {
  BOOST_TEST(parts("oss1:9000") == "oss1 9000");
  BOOST_TEST(parts("10.0.0.1:1") == "10.0.0.1 1");
  BOOST_TEST(parts("[fe80::1]:65535") == "fe80::1 65535");
}

BOOST_AUTO_TEST_CASE(what_lacks_either_or_is_ambiguous_is_none) {
  for (const char* text :
       {"", ":", "oss1", "oss1:", ":9000", "oss1:0", "oss1:65536", "oss1:-1", "oss1: 9000",
        "oss1:9000x", "fe80::1:9000", "[]:9000", "[::1]", "[::1:1"})
    BOOST_TEST(parts(text) == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen
