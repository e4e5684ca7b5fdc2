// SPDX-License-Identifier: Apache-2.0
// Proves how addresses are taken apart and put together, also those that are none.
#include <boost/test/unit_test.hpp>

#include "lib/net/address.h"

namespace sheen::net {

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(a_tcp_address_has_a_host_and_a_port) {
  BOOST_TEST(host_of("tcp://oss1:9000") == "oss1");
  BOOST_TEST(port_of("tcp://oss1:9000").value_or(0) == 9000);
  BOOST_TEST(host_of("tcp://[fe80::1]:9000") == "[fe80::1]");
  BOOST_TEST(port_of("tcp://[fe80::1]:9000").value_or(0) == 9000);
}

BOOST_AUTO_TEST_CASE(what_is_no_tcp_address_has_neither) {
  for (const char* text :
       {"", "tcp://", "tcp://host", "ipc://@sheen/x", "host:1", ":", "tcp://:1"}) {
    BOOST_TEST(host_of(text).empty(), text);
    BOOST_TEST(!port_of(text), text);
  }
  for (const char* text : {"tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:1x", "tcp://a:-1"})
    BOOST_TEST(!port_of(text), text);
}

BOOST_AUTO_TEST_CASE(a_node_gets_the_usual_port_unless_it_names_one) {
  BOOST_TEST(tcp_address("a", 7988) == "tcp://a:7988");
  BOOST_TEST(tcp_address("a:1", 7988) == "tcp://a:1");
  BOOST_TEST(tcp_address("10.0.0.1:5", 7988) == "tcp://10.0.0.1:5");
  BOOST_TEST(tcp_address("::1", 7988) == "tcp://[::1]:7988");
  BOOST_TEST(tcp_address("[::1]", 7988) == "tcp://[::1]:7988");
  BOOST_TEST(tcp_address("[::1]:5", 7988) == "tcp://[::1]:5");
  BOOST_TEST(tcp_address("tcp://a:1", 7988) == "tcp://a:1");
}

BOOST_AUTO_TEST_CASE(only_a_bare_ipv6_address_gets_brackets) {
  BOOST_TEST(in_brackets("fe80::1") == "[fe80::1]");
  BOOST_TEST(in_brackets("[fe80::1]") == "[fe80::1]");
  BOOST_TEST(in_brackets("host") == "host");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::net
