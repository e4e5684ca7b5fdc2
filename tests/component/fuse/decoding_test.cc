// SPDX-License-Identifier: Apache-2.0
// Texts and numbers from /proc, users and the kernel are read as what they mean.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "client-fuse/attr_out.h"
#include "client-fuse/caller.h"
#include "client-fuse/kernel_mount.h"
#include "client-fuse/virtual_xattr.h"

namespace sheen::fuse {

BOOST_AUTO_TEST_CASE(groups_and_capabilities_are_read_from_proc_status) {
  const ProcessStatus status = parse_process_status(
      "Name:\tGroups:\nUid:\t1\t1\t1\t1\nGroups:\t4 24 1000 \nCapInh:\t0000000000000000\n"
      "CapEff:\t000001ffffffffff\nSeccomp:\t0\nSigPnd:\t0000000000000100\n"
      "ShdPnd:\t0000000000004000\nSigBlk:\t0000000000000001\n");
  BOOST_TEST((status.groups == std::vector<uint32_t>{4, 24, 1000}));
  BOOST_TEST(status.effective_capabilities == 0x1ffffffffffU);
  BOOST_TEST(status.pending_signals == 0x4100U);
  BOOST_TEST(parse_process_status("").groups.empty());
  BOOST_TEST(parse_process_status("\nGroups:\t\nCapEff:\tzz").groups.empty());
}

BOOST_AUTO_TEST_CASE(our_own_groups_are_found) {
  std::ifstream file("/proc/self/status");
  std::ostringstream text;
  text << file.rdbuf();
  std::vector<uint32_t> found = parse_process_status(text.str()).groups;
  std::vector<gid_t> expected(static_cast<size_t>(getgroups(0, nullptr)));
  expected.resize(
      static_cast<size_t>(getgroups(static_cast<int>(expected.size()), expected.data())));
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_topmost_mount_at_a_path_is_found) {
  const std::string mountinfo =
      "22 28 0:20 / /sys rw,relatime - sysfs sysfs rw\n"
      "36 28 0:53 / /mnt/with\\040space rw - fuse.sheen mgs:/demo rw\n"
      "37 28 0:54 / /mnt/two rw - fuse.sheen mgs:/demo rw\n"
      "38 37 8:1 / /mnt/two rw - ext4 /dev/sda1 rw\n";
  BOOST_TEST(device_of_mount(mountinfo, "/mnt/with space") == "0:53");
  BOOST_TEST(device_of_mount(mountinfo, "/mnt/two") == "8:1");
  BOOST_TEST(device_of_mount(mountinfo, "/mnt/t") == "");
}

BOOST_AUTO_TEST_CASE(layout_hints_are_read) {
  const auto all = parse_layout_hint("count=4,size=1M,start=0");
  BOOST_REQUIRE(all);
  BOOST_TEST(all->stripe_count == 4);
  BOOST_TEST(all->stripe_size == 1U << 20);
  BOOST_TEST(all->start_ost == 0);
  const auto some = parse_layout_hint("count=all\n");
  BOOST_REQUIRE(some);
  BOOST_TEST(some->stripe_count == -1);
  BOOST_TEST(some->stripe_size == 0U);
  BOOST_TEST(some->start_ost == -1);
  BOOST_TEST(parse_layout_hint("size=65536")->stripe_size == 65536U);
  BOOST_TEST(parse_layout_hint("size=1G")->stripe_size == 1U << 30);
}

BOOST_AUTO_TEST_CASE(bad_layout_hints_are_refused) {
  for (const char* text : {"count", "count=", "count=4x", "count=-2", "count=100000", "size=1000",
                           "size=1T", "size=-1M", "size=4G", "size=99999999999999999999",
                           "start=70000", "pool=fast", "count=4,,", "=4"})
    BOOST_TEST(!parse_layout_hint(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(only_the_exact_names_are_virtual) {
  BOOST_TEST((virtual_xattr("sheen.layout") == VirtualXattr::kLayout));
  BOOST_TEST((virtual_xattr("sheen.default_layout") == VirtualXattr::kDefaultLayout));
  BOOST_TEST((virtual_xattr("sheen.fid") == VirtualXattr::kFid));
  BOOST_TEST(!virtual_xattr("sheen.layouts").has_value());
  BOOST_TEST(!virtual_xattr("user.sheen.layout").has_value());
}

BOOST_AUTO_TEST_CASE(a_layout_is_shown_with_its_objects) {
  client::StripeInfo info;
  info.attr.fid = Fid::make(0x10, 2);
  info.striping.generation = 3;
  info.striping.components.push_back({.stripe_size = 65536, .osts = {1, 0}});
  rpc::ClusterMap map;
  map.fsname = "demo";
  BOOST_TEST(layout_json(info, map).find(
                 R"("components":[{"start":0,"end":null,"stripe_count":2,"stripe_size":65536,)"
                 R"("objects":[{"object":"[0x10:0x2].0.0","ost":"demo-OST0001","index":1},)") !=
             std::string::npos);
  BOOST_TEST(default_layout_json(info) ==
             R"({"fid":"[0x10:0x2]","stripe_count":0,"stripe_size":0,"start_ost":-1,)"
             R"("inherited":true})");
}

BOOST_AUTO_TEST_CASE(times_before_1970_keep_their_nanoseconds) {
  client::Attr attr;
  attr.mode = S_IFREG | 0600;
  attr.mtime = to_nanoseconds(static_cast<uint64_t>(-5), 250);
  const struct stat out = to_stat(attr);
  BOOST_TEST(out.st_mtim.tv_sec == -5);
  BOOST_TEST(out.st_mtim.tv_nsec == 250);
}

BOOST_AUTO_TEST_CASE(times_that_do_not_fit_become_the_nearest_that_do) {
  BOOST_TEST(to_nanoseconds(INT64_MAX, 999) > 0);
  BOOST_TEST(to_nanoseconds(static_cast<uint64_t>(INT64_MIN), 0) < 0);
  BOOST_TEST(to_nanoseconds(253402300799U, 0) > 0);  // the year 9999
}

}  // namespace sheen::fuse
