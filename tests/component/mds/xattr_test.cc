// SPDX-License-Identifier: Apache-2.0
// Extended attributes: name spaces, limits, flags, permissions; ACLs as attributes and as what new
// files inherit.

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/xattr.h>

#include "lib/base/limits.h"
#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  Fixture() : file(make_file(kRootFid, "f", 0644)) { CHECK_OK(chown(file, 1000, 1000)); }
  Fid file;
};

// user::, user:1001:, group::, mask::, other::
std::string acl(char owner, char bob, char group, char mask, char other) {
  std::string out("\x02\0\0\0", 4);
  const auto add = [&](char tag, char perm, uint32_t id) {
    out += {tag, '\0', perm, '\0'};
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(id >> (8 * i)));
  };
  add(0x01, owner, UINT32_MAX);
  add(0x02, bob, 1001);
  add(0x04, group, UINT32_MAX);
  add(0x10, mask, UINT32_MAX);
  add(0x20, other, UINT32_MAX);
  return out;
}

std::string plain_acl(char owner, char group, char other) {
  std::string out("\x02\0\0\0", 4);
  const std::string nobody(4, '\xff');
  out += std::string({0x01, 0, owner, 0}) + nobody;
  out += std::string({0x04, 0, group, 0}) + nobody;
  out += std::string({0x20, 0, other, 0}) + nobody;
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(xattrs, Fixture)

BOOST_AUTO_TEST_CASE(values_are_bytes_and_may_be_empty) {
  const std::string value("a\0b\xff", 4);
  now() += kSecond;
  const auto set = set_xattr(file, "user.x", value, kAlice);
  BOOST_REQUIRE(set.has_value());
  BOOST_TEST(set->ctime == now());
  BOOST_TEST(set->mtime == now() - kSecond);
  BOOST_TEST((*get_xattr(file, "user.x") == value));
  CHECK_OK(set_xattr(file, "user.x", ""));
  BOOST_TEST(get_xattr(file, "user.x")->empty());
  CHECK_ERRC(get_xattr(file, "user.y"), Errc::kNoData);
  CHECK_OK(remove_xattr(file, "user.x", kAlice));
  CHECK_ERRC(get_xattr(file, "user.x"), Errc::kNoData);
  CHECK_ERRC(remove_xattr(file, "user.x"), Errc::kNoData);
}

BOOST_AUTO_TEST_CASE(create_and_replace_mean_what_they_say) {
  CHECK_ERRC(set_xattr(file, "user.x", "1", kRoot, XATTR_REPLACE), Errc::kNoData);
  CHECK_OK(set_xattr(file, "user.x", "1", kRoot, XATTR_CREATE));
  CHECK_ERRC(set_xattr(file, "user.x", "2", kRoot, XATTR_CREATE), Errc::kExists);
  CHECK_OK(set_xattr(file, "user.x", "2", kRoot, XATTR_REPLACE));
  BOOST_TEST(*get_xattr(file, "user.x") == "2");
  CHECK_ERRC(set_xattr(file, "user.x", "2", kRoot, 4), Errc::kInvalid);
}

BOOST_AUTO_TEST_CASE(names_and_values_have_limits) {
  CHECK_ERRC(set_xattr(file, "", "v"), Errc::kRange);
  CHECK_ERRC(set_xattr(file, "user." + std::string(251, 'x'), "v"), Errc::kRange);
  CHECK_OK(set_xattr(file, "user." + std::string(250, 'x'), "v"));
  CHECK_ERRC(set_xattr(file, "user.", "v"), Errc::kInvalid);
  CHECK_ERRC(set_xattr(file, "nonsense.x", "v"), Errc::kNotSupported);
  CHECK_ERRC(set_xattr(file, "system.x", "v"), Errc::kNotSupported);
  CHECK_ERRC(get_xattr(file, "nonsense.x"), Errc::kNotSupported);
  CHECK_OK(set_xattr(file, "user.big", std::string(kXattrValueMax, 'v')));
  CHECK_ERRC(set_xattr(file, "user.big", std::string(kXattrValueMax + 1, 'v')), Errc::kTooBig);
  BOOST_TEST(get_xattr(file, "user.big")->size() == kXattrValueMax);
}

BOOST_AUTO_TEST_CASE(the_list_of_names_is_bounded) {
  Errc code = Errc::kOk;
  int set = 0;
  for (; code == Errc::kOk && set < 1000; ++set)
    code =
        set_xattr(file, "user." + std::string(240, 'x') + std::to_string(10000 + set), "v").code();
  BOOST_TEST((code == Errc::kNoSpace));
  BOOST_TEST(list_xattr(file)->size() <= kXattrListMax);
  BOOST_TEST(list_xattr(file)->size() > kXattrListMax - 300);
}

BOOST_AUTO_TEST_CASE(lists_are_sorted_and_hide_trusted_names) {
  CHECK_OK(set_xattr(file, "user.b", "1"));
  CHECK_OK(set_xattr(file, "user.a", "1"));
  CHECK_OK(set_xattr(file, "trusted.t", "1"));
  CHECK_OK(set_xattr(file, "security.s", "1"));
  BOOST_TEST((*list_xattr(file) == std::string("security.s\0trusted.t\0user.a\0user.b\0", 35)));
  BOOST_TEST((*list_xattr(file, kBob) == std::string("security.s\0user.a\0user.b\0", 25)));
}

BOOST_AUTO_TEST_CASE(user_attributes_follow_the_files_permissions) {
  CHECK_ERRC(set_xattr(file, "user.x", "1", kBob), Errc::kAccess);
  CHECK_OK(set_xattr(file, "user.x", "1", kAlice));
  CHECK_OK(get_xattr(file, "user.x", kBob));
  CHECK_OK(chmod(file, 0600));
  CHECK_ERRC(get_xattr(file, "user.x", kBob), Errc::kAccess);
  CHECK_ERRC(remove_xattr(file, "user.x", kBob), Errc::kAccess);
}

BOOST_AUTO_TEST_CASE(user_attributes_are_for_files_and_directories) {
  const Fid link{symlink(kRootFid, "l", "t")->fid};
  const Fid fifo{mknod(kRootFid, "p", S_IFIFO | 0666)->fid};
  for (const Fid fid : {link, fifo}) {
    CHECK_ERRC(set_xattr(fid, "user.x", "1"), Errc::kPermission);
    CHECK_ERRC(get_xattr(fid, "user.x"), Errc::kNoData);
    CHECK_OK(set_xattr(fid, "trusted.x", "1"));
    CHECK_OK(get_xattr(fid, "trusted.x"));
  }
  const Fid tmp = make_dir(kRootFid, "tmp", 01777);
  CHECK_ERRC(set_xattr(tmp, "user.x", "1", kAlice), Errc::kPermission);
  CHECK_OK(chown(tmp, 1000, -1));
  CHECK_OK(set_xattr(tmp, "user.x", "1", kAlice));
}

BOOST_AUTO_TEST_CASE(trusted_and_security_are_for_the_privileged) {
  CHECK_ERRC(set_xattr(file, "trusted.x", "1", kAlice), Errc::kPermission);
  CHECK_ERRC(set_xattr(file, "security.x", "1", kAlice), Errc::kPermission);
  CHECK_OK(set_xattr(file, "trusted.x", "1"));
  CHECK_OK(set_xattr(file, "security.x", "1"));
  CHECK_ERRC(get_xattr(file, "trusted.x", kAlice), Errc::kNoData);
  CHECK_OK(get_xattr(file, "security.x", kBob));
  CHECK_ERRC(remove_xattr(file, "trusted.x", kAlice), Errc::kPermission);
}

BOOST_AUTO_TEST_CASE(a_capability_is_noted_in_the_attributes) {
  BOOST_TEST(!attr(file).has_capability);
  CHECK_OK(set_xattr(file, "security.capability", "x"));
  BOOST_TEST(attr(file).has_capability);
  CHECK_OK(remove_xattr(file, "security.capability"));
  BOOST_TEST(!attr(file).has_capability);
  CHECK_OK(set_xattr(file, "security.capability", "x"));
  CHECK_OK(chown(file, 1000, -1));
  BOOST_TEST(!attr(file).has_capability);
}

BOOST_AUTO_TEST_CASE(attributes_go_with_the_file) {
  CHECK_OK(set_xattr(file, "user.x", "1"));
  CHECK_OK(unlink(kRootFid, "f"));
  CHECK_ERRC(get_xattr(file, "user.x"), Errc::kStale);
  BOOST_TEST(store().xattrs.list(file)->empty());
}

BOOST_AUTO_TEST_CASE(an_access_acl_is_obeyed_and_shows_in_the_mode) {
  CHECK_OK(chmod(file, 0600));
  CHECK_ERRC(open(file, O_RDONLY, 1, kBob), Errc::kAccess);
  CHECK_ERRC(set_xattr(file, "system.posix_acl_access", acl(6, 6, 0, 6, 0), kBob),
             Errc::kPermission);
  CHECK_OK(set_xattr(file, "system.posix_acl_access", acl(6, 6, 0, 6, 0), kAlice));
  BOOST_TEST((attr(file).mode & 0777) == 0660U);
  CHECK_OK(open(file, O_RDWR, 1, kBob));
  BOOST_TEST((*get_xattr(file, "system.posix_acl_access", kBob) == acl(6, 6, 0, 6, 0)));
  BOOST_TEST((*list_xattr(file, kBob) == std::string("system.posix_acl_access\0", 24)));
  CHECK_OK(remove_xattr(file, "system.posix_acl_access", kAlice));
  CHECK_ERRC(open(file, O_RDWR, 2, kBob), Errc::kAccess);
  CHECK_OK(remove_xattr(file, "system.posix_acl_access", kAlice));
  CHECK_ERRC(remove_xattr(file, "system.posix_acl_access", kBob), Errc::kPermission);
}

BOOST_AUTO_TEST_CASE(an_acl_that_says_what_the_mode_says_is_not_kept) {
  CHECK_OK(set_xattr(file, "system.posix_acl_access", plain_acl(7, 5, 1), kAlice));
  BOOST_TEST((attr(file).mode & 0777) == 0751U);
  CHECK_ERRC(get_xattr(file, "system.posix_acl_access"), Errc::kNoData);
}

BOOST_AUTO_TEST_CASE(malformed_acls_and_wrong_places_are_refused) {
  // Of another version, as posix_acl_from_xattr(); then too short to have one.
  CHECK_ERRC(set_xattr(file, "system.posix_acl_access", "junk"), Errc::kNotSupported);
  CHECK_ERRC(set_xattr(file, "system.posix_acl_access", "x"), Errc::kInvalid);
  CHECK_ERRC(set_xattr(file, "system.posix_acl_default", acl(7, 7, 7, 7, 7)), Errc::kAccess);
  const Fid link{symlink(kRootFid, "l", "t")->fid};
  CHECK_ERRC(set_xattr(link, "system.posix_acl_access", acl(7, 7, 7, 7, 7)), Errc::kNotSupported);
  CHECK_ERRC(get_xattr(link, "system.posix_acl_access"), Errc::kNotSupported);
}

BOOST_AUTO_TEST_CASE(setting_an_acl_clears_setgid_for_strangers_of_the_group) {
  CHECK_OK(chown(file, -1, 500));
  CHECK_OK(chmod(file, 02755));
  CHECK_OK(set_xattr(file, "system.posix_acl_access", acl(7, 5, 5, 5, 5), kAlice));
  BOOST_TEST((attr(file).mode & 07777) == 0755U);
  CHECK_OK(chmod(file, 02755));
  CHECK_OK(set_xattr(file, "system.posix_acl_access", acl(7, 5, 5, 5, 5), kRoot));
  BOOST_TEST((attr(file).mode & 07777) == 02755U);
}

BOOST_AUTO_TEST_CASE(a_default_acl_is_inherited_instead_of_the_umask) {
  const Fid dir = make_dir(kRootFid, "d", 0777);
  const std::string given = acl(7, 7, 5, 7, 0);
  CHECK_OK(set_xattr(dir, "system.posix_acl_default", given));
  User user = kAlice;
  user.umask = 077;
  const auto made = mknod(dir, "f", S_IFREG | 0666, user);
  BOOST_TEST(made->mode == (S_IFREG | 0660U));
  BOOST_TEST((*get_xattr(Fid{made->fid}, "system.posix_acl_access") == acl(6, 7, 5, 6, 0)));
  CHECK_ERRC(get_xattr(Fid{made->fid}, "system.posix_acl_default"), Errc::kNoData);
  CHECK_OK(open(Fid{made->fid}, O_RDWR, 1, kBob));
  const auto sub = mkdir(dir, "e", 0777, user);
  BOOST_TEST((*get_xattr(Fid{sub->fid}, "system.posix_acl_default") == given));
  BOOST_TEST((*get_xattr(Fid{sub->fid}, "system.posix_acl_access") == given));
  CHECK_OK(symlink(dir, "l", "t", user));
  CHECK_OK(remove_xattr(dir, "system.posix_acl_default"));
  BOOST_TEST(mknod(dir, "g", S_IFREG | 0666, user)->mode == (S_IFREG | 0600U));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
