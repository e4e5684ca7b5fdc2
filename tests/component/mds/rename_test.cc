// SPDX-License-Identifier: Apache-2.0
// Rename: every pair of types, NOREPLACE and EXCHANGE, loops, link counts, times and errnos.

#include <boost/test/unit_test.hpp>

#include <linux/fs.h>

#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {

BOOST_FIXTURE_TEST_SUITE(rename_op, MdtFixture)

BOOST_AUTO_TEST_CASE(a_file_moves_between_directories) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid file = make_file(a, "f");
  now() += kSecond;
  const auto reply = rename(a, "f", b, "g");
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->fid == file.value);
  BOOST_TEST(reply->replaced == 0U);
  CHECK_ERRC(lookup(a, "f"), Errc::kNotFound);
  BOOST_TEST(lookup(b, "g")->fid == file.value);
  for (const Fid fid : {a, b}) {
    BOOST_TEST(attr(fid).mtime == now());
    BOOST_TEST(attr(fid).ctime == now());
    BOOST_TEST(attr(fid).nlink == 2U);
  }
  BOOST_TEST(attr(file).ctime == now());
  BOOST_TEST(attr(file).mtime == now() - kSecond);
}

BOOST_AUTO_TEST_CASE(a_directory_that_moves_changes_its_parent_and_the_counts) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid dir = make_dir(a, "d");
  CHECK_OK(rename(a, "d", b, "e"));
  BOOST_TEST(attr(a).nlink == 2U);
  BOOST_TEST(attr(b).nlink == 3U);
  BOOST_TEST(attr(dir).parent == b.value);
  BOOST_TEST(read_dir(dir)->parent == b.value);
  CHECK_OK(rename(b, "e", b, "f"));
  BOOST_TEST(attr(b).nlink == 3U);
  BOOST_TEST(attr(dir).parent == b.value);
}

BOOST_AUTO_TEST_CASE(a_replaced_file_loses_a_link) {
  make_file(kRootFid, "f");
  const Fid victim = make_file(kRootFid, "g");
  CHECK_OK(link(victim, kRootFid, "other"));
  now() += kSecond;
  const auto reply = rename(kRootFid, "f", kRootFid, "g");
  BOOST_TEST(reply->replaced == victim.value);
  BOOST_TEST(attr(victim).nlink == 1U);
  BOOST_TEST(attr(victim).ctime == now());
  make_file(kRootFid, "h");
  CHECK_OK(rename(kRootFid, "h", kRootFid, "other"));
  CHECK_ERRC(get_attr(victim), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(an_empty_directory_may_be_replaced_by_a_directory_only) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  make_file(kRootFid, "f");
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "b"), Errc::kIsDirectory);
  CHECK_ERRC(rename(kRootFid, "a", kRootFid, "f"), Errc::kNotDirectory);
  make_file(b, "x");
  CHECK_ERRC(rename(kRootFid, "a", kRootFid, "b"), Errc::kNotEmpty);
  CHECK_OK(unlink(b, "x"));
  CHECK_OK(rename(kRootFid, "a", kRootFid, "b"));
  BOOST_TEST(lookup(kRootFid, "b")->fid == a.value);
  BOOST_TEST(attr(kRootFid).nlink == 3U);
  CHECK_ERRC(get_attr(b), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(a_directory_replaces_an_empty_one_of_another_directory) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid dir = make_dir(a, "d");
  make_dir(b, "e");
  CHECK_OK(rename(a, "d", b, "e"));
  BOOST_TEST(attr(a).nlink == 2U);
  BOOST_TEST(attr(b).nlink == 3U);
  BOOST_TEST(lookup(b, "e")->fid == dir.value);
}

BOOST_AUTO_TEST_CASE(a_directory_does_not_move_below_itself) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(a, "b");
  const Fid c = make_dir(b, "c");
  CHECK_ERRC(rename(kRootFid, "a", a, "x"), Errc::kInvalid);
  CHECK_ERRC(rename(kRootFid, "a", c, "x"), Errc::kInvalid);
  CHECK_ERRC(rename(kRootFid, "a", b, "c"), Errc::kInvalid);
  CHECK_ERRC(rename(b, "c", kRootFid, "a"), Errc::kNotEmpty);
  CHECK_ERRC(rename(b, "c", kRootFid, "a", RENAME_EXCHANGE), Errc::kInvalid);
  CHECK_OK(rename(b, "c", kRootFid, "c"));
  BOOST_TEST(attr(c).parent == kRootFid.value);
}

BOOST_AUTO_TEST_CASE(two_names_of_one_file_stay) {
  const Fid file = make_file(kRootFid, "f");
  CHECK_OK(link(file, kRootFid, "g"));
  CHECK_OK(rename(kRootFid, "f", kRootFid, "g"));
  CHECK_OK(rename(kRootFid, "f", kRootFid, "f"));
  BOOST_TEST(attr(file).nlink == 2U);
  BOOST_TEST(names(kRootFid).size() == 2U);
}

BOOST_AUTO_TEST_CASE(noreplace_refuses_a_name_that_exists) {
  make_file(kRootFid, "f");
  make_file(kRootFid, "g");
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "g", RENAME_NOREPLACE), Errc::kExists);
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "f", RENAME_NOREPLACE), Errc::kExists);
  CHECK_OK(rename(kRootFid, "f", kRootFid, "h", RENAME_NOREPLACE));
}

BOOST_AUTO_TEST_CASE(unknown_or_contradicting_flags_are_refused) {
  make_file(kRootFid, "f");
  make_file(kRootFid, "g");
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "g", RENAME_NOREPLACE | RENAME_EXCHANGE),
             Errc::kInvalid);
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "g", RENAME_WHITEOUT), Errc::kInvalid);
  CHECK_ERRC(rename(kRootFid, "f", kRootFid, "g", 0x100), Errc::kInvalid);
}

BOOST_AUTO_TEST_CASE(exchange_swaps_a_file_and_a_directory_with_their_counts) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid dir = make_dir(a, "d");
  const Fid file = make_file(b, "f");
  make_file(dir, "inside");
  now() += kSecond;
  const auto reply = rename(a, "d", b, "f", RENAME_EXCHANGE);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->replaced == 0U);
  BOOST_TEST(lookup(a, "d")->fid == file.value);
  BOOST_TEST(lookup(b, "f")->fid == dir.value);
  BOOST_TEST(attr(a).nlink == 2U);
  BOOST_TEST(attr(b).nlink == 3U);
  BOOST_TEST(attr(dir).parent == b.value);
  BOOST_TEST(attr(file).ctime == now());
  BOOST_TEST(attr(dir).ctime == now());
  BOOST_TEST(attr(file).nlink == 1U);
  CHECK_ERRC(rename(a, "d", b, "nothing", RENAME_EXCHANGE), Errc::kNotFound);
}

BOOST_AUTO_TEST_CASE(exchange_swaps_two_directories) {
  const Fid a = make_dir(kRootFid, "a");
  const Fid b = make_dir(kRootFid, "b");
  const Fid c = make_dir(a, "c");
  const Fid d = make_dir(b, "d");
  CHECK_OK(rename(a, "c", b, "d", RENAME_EXCHANGE));
  BOOST_TEST(attr(c).parent == b.value);
  BOOST_TEST(attr(d).parent == a.value);
  BOOST_TEST(attr(a).nlink == 3U);
  BOOST_TEST(attr(b).nlink == 3U);
  CHECK_OK(rename(kRootFid, "a", kRootFid, "b", RENAME_EXCHANGE));
  BOOST_TEST(lookup(kRootFid, "a")->fid == b.value);
  BOOST_TEST(attr(kRootFid).nlink == 4U);
}

BOOST_AUTO_TEST_CASE(a_directory_that_changes_its_parent_must_be_writable) {
  const Fid a = make_dir(kRootFid, "a", 0777);
  const Fid b = make_dir(kRootFid, "b", 0777);
  make_dir(a, "d", 0555);
  CHECK_ERRC(rename(a, "d", b, "d", 0, kAlice), Errc::kAccess);
  CHECK_OK(rename(a, "d", a, "e", 0, kAlice));
  const Fid file = make_file(a, "f", 0400);
  CHECK_OK(rename(a, "f", b, "f", 0, kAlice));
  BOOST_TEST(lookup(b, "f")->fid == file.value);
}

BOOST_AUTO_TEST_CASE(both_directories_must_be_writable) {
  const Fid a = make_dir(kRootFid, "a", 0777);
  const Fid b = make_dir(kRootFid, "b", 0755);
  make_file(a, "f");
  make_file(b, "g");
  CHECK_ERRC(rename(a, "f", b, "x", 0, kAlice), Errc::kAccess);
  CHECK_ERRC(rename(b, "g", a, "x", 0, kAlice), Errc::kAccess);
  CHECK_ERRC(rename(a, "f", b, "g", 0, kAlice), Errc::kAccess);
  CHECK_ERRC(rename(a, "f", b, "g", RENAME_EXCHANGE, kAlice), Errc::kAccess);
}

BOOST_AUTO_TEST_CASE(a_replaced_file_that_is_open_lives_on) {
  make_file(kRootFid, "f");
  const Fid victim = make_file(kRootFid, "g");
  CHECK_OK(open(victim, 0, 5));
  CHECK_OK(rename(kRootFid, "f", kRootFid, "g"));
  BOOST_TEST(attr(victim).nlink == 0U);
  settle();
  CHECK_OK(get_attr(victim));
  CHECK_OK(close(victim, 5));
  settle();
  CHECK_ERRC(get_attr(victim), Errc::kStale);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
