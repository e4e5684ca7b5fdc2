// SPDX-License-Identifier: Apache-2.0
// Proves that the Sheen mount under a path is found in the kernel's table of mounts, also where
// mounts lie on or in one another, and that MGS nodes are read as people write them.
#include "cli/mounts.h"

#include <boost/test/unit_test.hpp>

#include "cli/mgs_place.h"

namespace sheen::cli {
namespace {

constexpr const char* kMountinfo =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 0:40 / /mnt/demo rw,relatime shared:2 master:3 - fuse.sheen mgs1:mgs2:/demo "
    "rw,user_id=0\n"
    "31 30 0:41 / /mnt/demo/inner rw - tmpfs tmpfs rw\n"
    "32 22 0:42 / /mnt/with\\040space rw - fuse.sheen [fd00::1]:/other rw\n"
    "33 22 0:43 / /mnt/over rw - fuse.sheen mgs1:/demo rw\n"
    "34 22 0:44 / /mnt/over rw - tmpfs tmpfs rw\n"
    "35 22 0:45 / /mnt/foreign rw - fuse.sheen nonsense rw\n"
    "broken line\n";

std::string fsname_at(std::string_view path) {
  const auto mount = mount_of(kMountinfo, path);
  return mount ? mount->spec.fsname : "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mounts)

BOOST_AUTO_TEST_CASE(all_sheen_mounts_are_listed) {
  const auto mounts = parse_mountinfo(kMountinfo);
  BOOST_REQUIRE(mounts.size() == 3);
  BOOST_TEST(mounts[0].spec.nodes.size() == 2);
  BOOST_TEST(mounts[1].mountpoint == "/mnt/with space");
  BOOST_TEST(mounts[1].spec.mgs_nodes()[0] == "[fd00::1]");
}

BOOST_AUTO_TEST_CASE(the_longest_mountpoint_counts_and_of_equals_the_last) {
  BOOST_TEST(fsname_at("/mnt/demo") == "demo");
  BOOST_TEST(fsname_at("/mnt/demo/a/b") == "demo");
  BOOST_TEST(fsname_at("/mnt/with space/x") == "other");
  BOOST_TEST(fsname_at("/mnt/demonstration") == "");
  BOOST_TEST(fsname_at("/mnt/demo/inner/x") == "");
  BOOST_TEST(fsname_at("/mnt/over/x") == "");
  BOOST_TEST(fsname_at("/mnt/foreign") == "");
  BOOST_TEST(fsname_at("/etc/passwd") == "");
}

BOOST_AUTO_TEST_CASE(what_is_mounted_on_a_directory_is_what_lies_on_top) {
  BOOST_TEST(mounted_at(kMountinfo, "/mnt/over")->type == "tmpfs");
  BOOST_TEST(mounted_at(kMountinfo, "/mnt/demo")->type == kSheenFileSystem);
  BOOST_TEST(!mounted_at(kMountinfo, "/mnt/demo/a").has_value());
}

BOOST_AUTO_TEST_CASE(mounts_below_a_directory_are_found_and_its_own_and_its_neighbours_are_not) {
  BOOST_TEST(mountpoint_below(kMountinfo, "/mnt/demo").value_or("") == "/mnt/demo/inner");
  BOOST_TEST(!mountpoint_below(kMountinfo, "/mnt/demo/inner").has_value());
  BOOST_TEST(!mountpoint_below(kMountinfo, "/mnt/ov").has_value());
  BOOST_TEST(mountpoint_below(kMountinfo, "/").has_value());
}

BOOST_AUTO_TEST_CASE(mounts_of_an_mgs_on_this_host_are_found_by_its_port) {
  const std::string mountinfo =
      "30 22 0:40 / /one rw - fuse.sheen 127.0.0.1:21000:/demo rw\n"
      "31 22 0:41 / /two rw - fuse.sheen elsewhere:localhost:21000:/demo rw\n"
      "32 22 0:42 / /usual_port rw - fuse.sheen localhost:/demo rw\n"
      "33 22 0:43 / /elsewhere rw - fuse.sheen elsewhere:21000:/demo rw\n"
      "34 22 0:44 / /other rw - fuse.sheen 127.0.0.1:21000:/other rw\n";
  const std::vector<std::string> expected = {"/one", "/two"};
  BOOST_TEST(local_mounts_of(mountinfo, "demo", 21000) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(local_mounts_of(mountinfo, "demo", 7988) == std::vector<std::string>{"/usual_port"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_node_s_port_is_a_port) {
  for (const char* good : {"mgs", "mgs:1", "mgs:65535", "::1", "[::1]", "[::1]:7", "fe80::1%eth0"})
    BOOST_TEST(parse_nodes(good).has_value(), good);
  for (const char* bad : {"localhost:abc", "localhost:70000", "localhost:0", "localhost:", ":7988",
                          "[::1]:x", "[::1]7", "[::1"})
    BOOST_TEST(!parse_nodes(bad).has_value(), bad);
  BOOST_TEST(parse_nodes("a,localhost:abc").error().detail() ==
             "'localhost:abc': 'abc' is no port from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(mgs_nodes_are_words_between_commas_and_white_space) {
  const std::vector<std::string> expected = {"mgs1", "mgs2:7000", "[fd00::1]:7"};
  BOOST_TEST(*parse_nodes("mgs1,mgs2:7000\n[fd00::1]:7\n") == expected,
             boost::test_tools::per_element());
  BOOST_TEST(parse_nodes("")->empty());
  BOOST_TEST(!parse_nodes("mgs1;mgs2"));
  BOOST_TEST(!parse_nodes("tcp://mgs1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli
