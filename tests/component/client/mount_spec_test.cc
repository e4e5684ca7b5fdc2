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
  BOOST_TEST(one->hosts == std::vector<std::string>{"mgs1"}, boost::test_tools::per_element());
  BOOST_TEST(one->fsname == "demo");
  auto two = MountSpec::parse("10.0.0.1:mgs-2.example.org:/demo");
  BOOST_REQUIRE(two);
  BOOST_TEST(two->hosts.size() == 2U);
  BOOST_TEST(two->hosts[1] == "mgs-2.example.org");
  BOOST_TEST(two->to_string() == "10.0.0.1:mgs-2.example.org:/demo");
}

BOOST_AUTO_TEST_CASE(the_port_holds_for_all_hosts) {
  auto spec = MountSpec::parse("a:b:/demo");
  BOOST_TEST(spec->mgs_nodes(0)[1] == "b");
  BOOST_TEST(spec->mgs_nodes(7000)[1] == "b:7000");
}

BOOST_AUTO_TEST_CASE(addresses_of_ip_version_6_stand_in_brackets) {
  auto spec = MountSpec::parse("[fe80::1%eth0]:host:/demo");
  BOOST_REQUIRE(spec);
  BOOST_TEST(spec->hosts[0] == "fe80::1%eth0");
  BOOST_TEST(spec->mgs_nodes(1)[0] == "[fe80::1%eth0]:1");
  BOOST_TEST(spec->to_string() == "[fe80::1%eth0]:host:/demo");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_the_right_form) {
  for (const char* text : {"", "demo", "/demo", "host", "host:", "host:/", ":/demo", "a::/demo",
                           "a:b:", "[::1:/demo", "[::1]x:/demo", "a b:/demo", "host:/demo/sub",
                           "host:/1demo", "host:/toolongname", "a,b:/demo", "a:7000@/demo"}) {
    auto spec = MountSpec::parse(text);
    BOOST_TEST(!spec.has_value(), text);
    if (!spec) BOOST_TEST((spec.error().message().find("FSNAME") != std::string::npos));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace sheen::client
