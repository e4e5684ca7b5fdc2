// SPDX-License-Identifier: Apache-2.0
// Proves which device names "mount -t sheen" takes.
#include <boost/test/unit_test.hpp>

#include "lib/client/mount_spec.h"

namespace sheen::client {
namespace {

BOOST_AUTO_TEST_SUITE(mount_spec)

BOOST_AUTO_TEST_CASE(hosts_and_file_system_are_told_apart) {
  auto one = MountSpec::parse("mgs1:/demo");
  BOOST_REQUIRE(one);
  BOOST_REQUIRE(one->nodes.size() == 1U);
  BOOST_TEST(one->nodes[0].host == "mgs1");
  BOOST_TEST(one->fsname == "demo");
  auto two = MountSpec::parse("10.0.0.1:mgs-2.example.org:/demo");
  BOOST_REQUIRE(two);
  BOOST_REQUIRE(two->nodes.size() == 2U);
  BOOST_TEST(two->nodes[1].host == "mgs-2.example.org");
  BOOST_TEST(two->to_string() == "10.0.0.1:mgs-2.example.org:/demo");
}

BOOST_AUTO_TEST_CASE(digits_are_the_port_of_the_host_before_them) {
  auto spec = MountSpec::parse("a:17988:b:[::1]:7000:c:7988:/demo");
  BOOST_REQUIRE(spec);
  BOOST_TEST(spec->mgs_nodes() == (std::vector<std::string>{"a:17988", "b", "[::1]:7000", "c"}),
             boost::test_tools::per_element());
  // The usual port need not be shown.
  BOOST_TEST(spec->to_string() == "a:17988:b:[::1]:7000:c:/demo");
  BOOST_TEST((*MountSpec::parse(spec->to_string())).mgs_nodes() == spec->mgs_nodes(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_port_for_all_is_for_those_without_one) {
  auto spec = MountSpec::parse("a:b:7000:c:7988:/demo");
  BOOST_REQUIRE(spec);
  spec->set_port(7001);
  BOOST_TEST(spec->to_string() == "a:7001:b:7000:c:/demo");
}

BOOST_AUTO_TEST_CASE(addresses_of_ip_version_6_stand_in_brackets) {
  auto spec = MountSpec::parse("[fe80::1%eth0]:host:/demo");
  BOOST_REQUIRE(spec);
  BOOST_TEST(spec->nodes[0].host == "fe80::1%eth0");
  BOOST_TEST(spec->mgs_nodes()[0] == "[fe80::1%eth0]");
  BOOST_TEST(spec->to_string() == "[fe80::1%eth0]:host:/demo");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_the_right_form) {
  for (const char* text : {"",
                           "demo",
                           "/demo",
                           "host",
                           "host:",
                           "host:/",
                           ":/demo",
                           "a::/demo",
                           "a:b:",
                           "[::1:/demo",
                           "[::1]x:/demo",
                           "a b:/demo",
                           "host:/demo/sub",
                           "host:/1demo",
                           "host:/toolongname",
                           "a,b:/demo",
                           "a:7000@/demo",
                           "7000:/demo",
                           "a:7000:7001:/demo",
                           "a:0:/demo",
                           "a:70000:/demo",
                           "a:99999999999999999999:/demo"}) {
    auto spec = MountSpec::parse(text);
    BOOST_TEST(!spec.has_value(), text);
    if (!spec) BOOST_TEST((spec.error().message().find("FSNAME") != std::string::npos));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::client
