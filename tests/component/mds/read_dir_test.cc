// SPDX-License-Identifier: Apache-2.0
// ReadDir: every entry that is there all the time comes exactly once, whatever happens meanwhile;
// buffers are respected; "." and ".." come first; atime follows relatime's rule.

#include <boost/test/unit_test.hpp>

#include <dirent.h>
#include <fcntl.h>

#include <map>
#include <set>

#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

std::string text(const std::vector<uint8_t>& name) { return {name.begin(), name.end()}; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_dir_op, MdtFixture)

BOOST_AUTO_TEST_CASE(dot_and_dotdot_come_first) {
  const Fid dir = make_dir(kRootFid, "d");
  const auto reply = read_dir(dir);
  BOOST_REQUIRE(reply.has_value());
  BOOST_REQUIRE(reply->entries.size() == 2U);
  BOOST_TEST(text(reply->entries[0]->name) == ".");
  BOOST_TEST(reply->entries[0]->cookie == 1U);
  BOOST_TEST(reply->entries[0]->fid == dir.value);
  BOOST_TEST(text(reply->entries[1]->name) == "..");
  BOOST_TEST(reply->entries[1]->cookie == 2U);
  BOOST_TEST(reply->entries[1]->fid == kRootFid.value);
  BOOST_TEST(reply->end);
  BOOST_TEST(reply->parent == kRootFid.value);
  BOOST_TEST(read_dir(dir, 1)->entries.size() == 1U);
  BOOST_TEST(read_dir(dir, 2)->entries.empty());
}

BOOST_AUTO_TEST_CASE(types_and_attributes_are_told) {
  const Fid file = make_file(kRootFid, "f");
  make_dir(kRootFid, "d");
  CHECK_OK(symlink(kRootFid, "l", "t"));
  CHECK_OK(mknod(kRootFid, "p", S_IFIFO | 0600));
  std::map<std::string, uint8_t> types;
  const auto reply = read_dir(kRootFid, 0, 65536, true);
  for (const auto& entry : reply->entries) {
    types[text(entry->name)] = entry->type;
    BOOST_REQUIRE(entry->attr != nullptr);
    BOOST_TEST(entry->attr->fid == entry->fid);
  }
  BOOST_TEST(types["f"] == DT_REG);
  BOOST_TEST(types["d"] == DT_DIR);
  BOOST_TEST(types["l"] == DT_LNK);
  BOOST_TEST(types["p"] == DT_FIFO);
  BOOST_TEST(types["."] == DT_DIR);
  BOOST_TEST(types.size() == 6U);
  const auto plain = read_dir(kRootFid, 2, 65536, false);
  for (const auto& entry : plain->entries) BOOST_TEST((entry->attr == nullptr));
  BOOST_TEST(attr(file).nlink == 1U);
}

BOOST_AUTO_TEST_CASE(the_buffer_is_respected_and_one_entry_always_fits) {
  for (int i = 0; i < 50; ++i) make_file(kRootFid, "name" + std::to_string(i));
  const auto reply = read_dir(kRootFid, 2, 320);
  BOOST_TEST(reply->entries.size() == 10U);
  BOOST_TEST(!reply->end);
  BOOST_TEST(read_dir(kRootFid, 2, 320, true)->entries.size() == 2U);
  BOOST_TEST(read_dir(kRootFid, 0, 1)->entries.size() == 1U);
  BOOST_TEST(read_dir(kRootFid, 1, 1)->entries.size() == 1U);
  BOOST_TEST(read_dir(kRootFid, 2, 1)->entries.size() == 1U);
  BOOST_TEST(read_dir(kRootFid, 0, 0)->end);
}

BOOST_AUTO_TEST_CASE(twenty_thousand_entries_come_once_each_while_others_come_and_go) {
  const Fid dir = make_dir(kRootFid, "d");
  constexpr int kEntries = 20'000;
  for (int i = 0; i < kEntries; ++i) make_file(dir, "stays" + std::to_string(i));
  for (int i = 0; i < 200; ++i) make_file(dir, "goes" + std::to_string(i));

  std::multiset<std::string> seen;
  uint64_t cookie = 0;
  int round = 0;
  for (;;) {
    const auto reply = read_dir(dir, cookie, 16384);
    BOOST_REQUIRE(reply.has_value());
    for (const auto& entry : reply->entries) {
      BOOST_REQUIRE(entry->cookie > cookie);
      cookie = entry->cookie;
      seen.insert(text(entry->name));
    }
    if (reply->end) break;
    if (round < 200) {
      CHECK_OK(unlink(dir, "goes" + std::to_string(round)));
      make_file(dir, "comes" + std::to_string(round));
    }
    if (round == 20) restart();
    ++round;
  }
  for (int i = 0; i < kEntries; ++i) BOOST_REQUIRE(seen.count("stays" + std::to_string(i)) == 1U);
  for (const std::string& name : seen) BOOST_REQUIRE(seen.count(name) == 1U);
  BOOST_TEST(round > 30);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_removed_while_being_read_ends_up_empty) {
  const Fid dir = make_dir(kRootFid, "d");
  for (int i = 0; i < 1000; ++i) make_file(dir, "n" + std::to_string(i));
  // As rm -r: read some, remove them, go on after them.
  uint64_t cookie = 2;
  for (;;) {
    const auto reply = read_dir(dir, cookie, 2048);
    for (const auto& entry : reply->entries) {
      cookie = entry->cookie;
      CHECK_OK(unlink(dir, text(entry->name)));
    }
    if (reply->end) break;
  }
  CHECK_OK(rmdir(kRootFid, "d"));
}

BOOST_AUTO_TEST_CASE(reading_needs_permission_unless_the_directory_is_open) {
  const Fid dir = make_dir(kRootFid, "d", 0700, kRoot);
  CHECK_ERRC(read_dir(dir, 0, 4096, false, kAlice), Errc::kAccess);
  CHECK_OK(chmod(dir, 0711));
  CHECK_ERRC(read_dir(dir, 0, 4096, false, kAlice), Errc::kAccess);
  CHECK_OK(chmod(dir, 0755));
  CHECK_OK(open(dir, O_RDONLY | O_DIRECTORY, 1, kAlice));
  CHECK_OK(chmod(dir, 0700));
  CHECK_OK(read_dir(dir, 0, 4096, false, kAlice));
  CHECK_OK(close(dir, 1));
  CHECK_ERRC(read_dir(dir, 0, 4096, false, kAlice), Errc::kAccess);
}

BOOST_AUTO_TEST_CASE(reading_moves_atime_by_relatimes_rule) {
  const Fid dir = make_dir(kRootFid, "d");
  now() += kSecond;
  const int64_t first = now();
  CHECK_OK(read_dir(dir));
  BOOST_TEST(attr(dir).atime == first);
  now() += kSecond;
  CHECK_OK(read_dir(dir));
  BOOST_TEST(attr(dir).atime == first);
  now() += kSecond;
  make_file(dir, "f");
  BOOST_TEST(attr(dir).atime == first);
  CHECK_OK(read_dir(dir));
  BOOST_TEST(attr(dir).atime == now());
  // A change of the directory must not lose a time that is only in memory.
  CHECK_OK(chmod(dir, 0700));
  const int64_t last = now();
  settle();
  restart();
  BOOST_TEST(attr(dir).atime == last);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
