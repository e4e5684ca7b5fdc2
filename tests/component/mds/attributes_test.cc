// SPDX-License-Identifier: Apache-2.0
// SetAttr and KillPriv: who may change what, what a change clears, and which times move.

#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  Fixture() : file(make_file(kRootFid, "f")) {
    CHECK_OK(chown(file, 1000, 1000));
    CHECK_OK(chmod(file, 0644));
  }

  Result<wire::SetAttrReplyT> set_times(uint32_t valid, int64_t atime, int64_t mtime,
                                        const User& user) {
    wire::SetAttrRequestT request;
    request.fid = file.value;
    request.valid = valid;
    request.atime = atime;
    request.mtime = mtime;
    return set_attr(std::move(request), user);
  }
  uint32_t mode(Fid fid) { return attr(fid).mode & 07777; }

  Fid file;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attributes, Fixture)

BOOST_AUTO_TEST_CASE(chmod_is_the_owners_and_moves_ctime_only) {
  now() += kSecond;
  const auto reply = chmod(file, 0600, kAlice);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((reply->layout == nullptr));
  BOOST_TEST(reply->attr->mode == (S_IFREG | 0600U));
  BOOST_TEST(attr(file).ctime == now());
  BOOST_TEST(attr(file).mtime == now() - kSecond);
  CHECK_ERRC(chmod(file, 0644, kBob), Errc::kPermission);
  CHECK_OK(chmod(file, 0644, kRoot));
  CHECK_ERRC(chmod(Fid{0x99'0000'0001}, 0644), Errc::kStale);
}

BOOST_AUTO_TEST_CASE(chmod_keeps_the_type_and_only_the_lower_bits) {
  CHECK_OK(chmod(file, S_IFDIR | 0123, kAlice));
  BOOST_TEST(attr(file).mode == (S_IFREG | 0123U));
  const Fid link{symlink(kRootFid, "l", "t")->fid};
  CHECK_ERRC(chmod(link, 0600), Errc::kNotSupported);
}

BOOST_AUTO_TEST_CASE(setgid_by_chmod_needs_membership) {
  CHECK_OK(chown(file, -1, 500));
  CHECK_OK(chmod(file, 02755, kAlice));
  BOOST_TEST(mode(file) == 0755U);
  User member = kAlice;
  member.groups = {7, 500};
  CHECK_OK(chmod(file, 02755, member));
  BOOST_TEST(mode(file) == 02755U);
  CHECK_OK(chmod(file, 06755, kRoot));
  BOOST_TEST(mode(file) == 06755U);
}

BOOST_AUTO_TEST_CASE(only_root_gives_files_away) {
  CHECK_ERRC(chown(file, 1001, -1, kAlice), Errc::kPermission);
  CHECK_ERRC(chown(file, 1001, -1, kBob), Errc::kPermission);
  CHECK_OK(chown(file, 1000, -1, kAlice));
  CHECK_OK(chown(file, 1001, -1, kRoot));
  BOOST_TEST(attr(file).uid == 1001U);
}

BOOST_AUTO_TEST_CASE(the_owner_gives_the_group_to_groups_of_his) {
  User member = kAlice;
  member.groups = {500};
  CHECK_OK(chown(file, -1, 500, member));
  CHECK_ERRC(chown(file, -1, 501, member), Errc::kPermission);
  CHECK_OK(chown(file, -1, 1000, kAlice));
  CHECK_OK(chown(file, -1, 1000, kAlice));
  CHECK_ERRC(chown(file, -1, 1000, kBob), Errc::kPermission);
}

BOOST_AUTO_TEST_CASE(chown_clears_setuid_and_setgid_even_for_root) {
  CHECK_OK(chmod(file, 06755));
  CHECK_OK(chown(file, 1001, -1, kRoot));
  BOOST_TEST(mode(file) == 0755U);
  CHECK_OK(chmod(file, 06644));
  CHECK_OK(chown(file, -1, 500, kRoot));
  BOOST_TEST(mode(file) == 02644U);
  const Fid dir = make_dir(kRootFid, "d");
  CHECK_OK(chmod(dir, 06755));
  CHECK_OK(chown(dir, 1000, 1000, kRoot));
  BOOST_TEST(mode(dir) == 06755U);
}

BOOST_AUTO_TEST_CASE(chown_moves_ctime_even_if_nothing_changes) {
  now() += kSecond;
  CHECK_OK(chown(file, 1000, 1000, kAlice));
  BOOST_TEST(attr(file).ctime == now());
}

BOOST_AUTO_TEST_CASE(explicit_times_are_the_owners_and_keep_nanoseconds) {
  CHECK_OK(set_times(wire::kSetAtime | wire::kSetMtime, 1'234'567'891, -1, kAlice));
  BOOST_TEST(attr(file).atime == 1'234'567'891);
  BOOST_TEST(attr(file).mtime == -1);
  BOOST_TEST(attr(file).ctime == now());
  CHECK_ERRC(set_times(wire::kSetMtime, 0, 5, kBob), Errc::kPermission);
  CHECK_OK(chmod(file, 0666));
  CHECK_ERRC(set_times(wire::kSetMtime, 0, 5, kBob), Errc::kPermission);
  CHECK_ERRC(set_times(wire::kSetMtime | wire::kSetAtime | wire::kSetAtimeNow, 0, 5, kBob),
             Errc::kPermission);
}

BOOST_AUTO_TEST_CASE(the_present_time_may_be_set_by_who_may_write) {
  const uint32_t both_now =
      wire::kSetAtime | wire::kSetAtimeNow | wire::kSetMtime | wire::kSetMtimeNow;
  CHECK_ERRC(set_times(both_now, 0, 0, kBob), Errc::kAccess);
  CHECK_OK(chmod(file, 0666));
  now() += kSecond;
  CHECK_OK(set_times(both_now, 0, 0, kBob));
  BOOST_TEST(attr(file).atime == now());
  BOOST_TEST(attr(file).mtime == now());
  CHECK_OK(chmod(file, 0444, kAlice));
  CHECK_OK(set_times(both_now, 0, 0, kAlice));
}

BOOST_AUTO_TEST_CASE(a_relaxed_atime_needs_no_permission_and_moves_nothing_else) {
  CHECK_OK(chmod(file, 0));
  const wire::AttrT before = attr(file);
  now() += kSecond;
  const int64_t first = now();
  CHECK_OK(set_times(wire::kSetAtime | wire::kSetAtimeRelaxed, first, 0, kBob));
  BOOST_TEST(attr(file).atime == first);
  BOOST_TEST(attr(file).ctime == before.ctime);
  now() += kSecond;
  CHECK_OK(set_times(wire::kSetAtime | wire::kSetAtimeRelaxed, now(), 0, kBob));
  BOOST_TEST(attr(file).atime == first);
  now() += 24 * 3600 * kSecond;
  CHECK_OK(set_times(wire::kSetAtime | wire::kSetAtimeRelaxed, now(), 0, kBob));
  BOOST_TEST(attr(file).atime == now());
}

BOOST_AUTO_TEST_CASE(truncation_asks_for_write_permission) {
  CHECK_ERRC(truncate(file, 10, kBob), Errc::kAccess);
  CHECK_OK(truncate(file, 10, kAlice));
  CHECK_ERRC(truncate(kRootFid, 0), Errc::kIsDirectory);
  const Fid fifo{mknod(kRootFid, "fifo", S_IFIFO | 0666)->fid};
  CHECK_ERRC(truncate(fifo, 0), Errc::kInvalid);
  CHECK_ERRC(truncate(file, kFileSizeMax + 1, kAlice), Errc::kFileTooBig);
  CHECK_OK(truncate(file, kFileSizeMax, kAlice));
}

BOOST_AUTO_TEST_CASE(an_open_handle_for_writing_allows_truncation) {
  CHECK_OK(open(file, 2, 9, kAlice));
  CHECK_OK(open(file, 0, 10, kAlice));
  CHECK_OK(chmod(file, 0400, kAlice));
  CHECK_ERRC(truncate(file, 3, kAlice), Errc::kAccess);
  CHECK_ERRC(truncate(file, 3, kAlice, 10), Errc::kAccess);
  // A handle that was lost is not replaced by what the path allows: nothing would hold the file.
  CHECK_ERRC(truncate(file, 3, kRoot, 11), Errc::kIo);
  CHECK_OK(truncate(file, 3, kAlice, 9));
}

BOOST_AUTO_TEST_CASE(truncation_clears_privileges) {
  CHECK_OK(chmod(file, 06777));
  CHECK_OK(set_xattr(file, "security.capability", "x"));
  BOOST_TEST(attr(file).has_capability);
  CHECK_OK(truncate(file, 10, kBob));
  BOOST_TEST(mode(file) == 0777U);
  BOOST_TEST(!attr(file).has_capability);
  CHECK_ERRC(get_xattr(file, "security.capability"), Errc::kNoData);
  CHECK_OK(chmod(file, 06777));
  CHECK_OK(truncate(file, 20, kRoot));
  BOOST_TEST(mode(file) == 06777U);
}

BOOST_AUTO_TEST_CASE(chmod_gives_no_setid_to_a_file_that_another_client_writes) {
  CHECK_OK(open(file, 1, 9, kAlice, 2));
  CHECK_OK(chmod(file, 06755, kAlice));
  BOOST_TEST(mode(file) == 0755U);
  // Without group execute it means mandatory locking.
  CHECK_OK(chmod(file, 02744, kAlice));
  BOOST_TEST(mode(file) == 02744U);
  CHECK_OK(chmod(file, 02755, kAlice));
  BOOST_TEST(mode(file) == 0755U);
  CHECK_OK(close(file, 9, 2));
  CHECK_OK(chmod(file, 06755, kAlice));
  BOOST_TEST(mode(file) == 06755U);
}

BOOST_AUTO_TEST_CASE(setid_that_a_writer_knows_of_stays) {
  // The asking client's own writers hear of it, readers do no harm, and what was there before a
  // writer came is cleared by its write.
  CHECK_OK(open(file, 1, 9, kAlice, 1));
  CHECK_OK(open(file, 0, 9, kAlice, 2));
  CHECK_OK(chmod(file, 04755, kAlice));
  BOOST_TEST(mode(file) == 04755U);
  CHECK_OK(open(file, 1, 10, kAlice, 2));
  CHECK_OK(chmod(file, 04711, kAlice));
  BOOST_TEST(mode(file) == 04711U);
}

BOOST_AUTO_TEST_CASE(a_file_that_another_client_writes_is_given_no_capability) {
  CHECK_OK(open(file, 1, 9, kAlice, 2));
  CHECK_ERRC(set_xattr(file, "security.capability", "x"), Errc::kTextBusy);
  CHECK_OK(set_xattr(file, "user.a", "x"));
  CHECK_OK(close(file, 9, 2));
  CHECK_OK(open(file, 1, 9, kAlice, 1));
  CHECK_OK(set_xattr(file, "security.capability", "x"));
}

BOOST_AUTO_TEST_CASE(kill_priv_clears_what_a_write_must_clear) {
  wire::KillPrivRequestT request;
  request.fid = file.value;
  request.now = now() + 5;
  const int64_t before = attr(file).ctime;
  BOOST_TEST(run<wire::KillPrivRequest>(request)->attr->ctime == before);
  CHECK_OK(chmod(file, 06755));
  CHECK_OK(set_xattr(file, "security.capability", "x"));
  const auto reply = run<wire::KillPrivRequest>(request);
  BOOST_TEST(reply->attr->mode == (S_IFREG | 0755U));
  BOOST_TEST(!reply->attr->has_capability);
  BOOST_TEST(reply->attr->ctime == now() + 5);
  CHECK_OK(chmod(file, 02644));
  CHECK_OK(run<wire::KillPrivRequest>(request));
  BOOST_TEST(mode(file) == 02644U);
}

BOOST_AUTO_TEST_CASE(kill_priv_of_a_writer_who_may_keep_setid_clears_the_capability_only) {
  CHECK_OK(chmod(file, 06755));
  CHECK_OK(set_xattr(file, "security.capability", "x"));
  wire::KillPrivRequestT request;
  request.fid = file.value;
  request.now = now() + 5;
  request.keep_setid = true;
  const auto reply = run<wire::KillPrivRequest>(request);
  BOOST_TEST(reply->attr->mode == (S_IFREG | 06755U));
  BOOST_TEST(!reply->attr->has_capability);
}

BOOST_AUTO_TEST_CASE(a_change_of_nothing_moves_ctime) {
  CHECK_OK(chmod(file, 06755));
  const int64_t before = attr(file).ctime;
  wire::SetAttrRequestT request;
  request.fid = file.value;
  request.valid = wire::kSetKillSuidgid;
  now() += 5;
  CHECK_OK(set_attr(std::move(request), kRoot));
  BOOST_TEST(attr(file).ctime == before + 5);
  BOOST_TEST(mode(file) == 0755U);
}

BOOST_AUTO_TEST_CASE(a_new_owner_of_a_directory_keeps_its_setgid) {
  const Fid directory = make_dir(kRootFid, "d");
  CHECK_OK(chmod(directory, 02755));
  wire::SetAttrRequestT request;
  request.fid = directory.value;
  request.valid = wire::kSetUid | wire::kSetGid | wire::kSetKillSuidgid;
  request.uid = 12;
  request.gid = 34;
  CHECK_OK(set_attr(std::move(request), kRoot));
  BOOST_TEST(mode(directory) == 02755U);
}

BOOST_AUTO_TEST_CASE(chmod_follows_into_the_acl) {
  // user::rw-, user:1001:rwx, group::r--, mask::rwx, other::r--
  const std::string acl(
      "\x02\0\0\0"
      "\x01\0\x06\0\xff\xff\xff\xff"
      "\x02\0\x07\0\xe9\x03\0\0"
      "\x04\0\x04\0\xff\xff\xff\xff"
      "\x10\0\x07\0\xff\xff\xff\xff"
      "\x20\0\x04\0\xff\xff\xff\xff",
      44);
  CHECK_OK(set_xattr(file, "system.posix_acl_access", acl, kAlice));
  BOOST_TEST(mode(file) == 0674U);
  CHECK_OK(open(file, 1, 1, kBob));
  CHECK_OK(chmod(file, 0604, kAlice));
  CHECK_ERRC(open(file, 1, 2, kBob), Errc::kAccess);
  std::string masked = acl;
  masked[4 + 3 * 8 + 2] = 0;
  BOOST_TEST((*get_xattr(file, "system.posix_acl_access") == masked));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
