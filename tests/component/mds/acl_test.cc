// SPDX-License-Identifier: Apache-2.0
// POSIX ACLs do what Linux's do. The vectors were made with setfacl(1) and getfattr(1) on ext4.

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "mds/acl.h"

namespace sheen::mds {
namespace {

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return out;
}

// setfacl -m u:1000:rw,g:2000:r on a file with mode 640; its mode is then 660.
const std::string kNamed = from_hex(
    "0200000001000600ffffffff02000600e803000004000400ffffffff08000400d007000010000600ffffffff"
    "20000000ffffffff");
// The same after chmod 750.
const std::string kNamed750 = from_hex(
    "0200000001000700ffffffff02000600e803000004000400ffffffff08000400d007000010000500ffffffff"
    "20000000ffffffff");
// setfacl -d -m u::rwx,u:1000:rwx,g::r-x,g:2000:rwx,m::rwx,o::- on a directory.
const std::string kDefault = from_hex(
    "0200000001000700ffffffff02000700e803000004000500ffffffff08000700d007000010000700ffffffff"
    "20000000ffffffff");
// What open(O_CREAT, 0644) and mkdir(0700) made in that directory.
const std::string kNew644 = from_hex(
    "0200000001000600ffffffff02000700e803000004000500ffffffff08000700d007000010000400ffffffff"
    "20000000ffffffff");
const std::string kSub700 = from_hex(
    "0200000001000700ffffffff02000700e803000004000500ffffffff08000700d007000010000000ffffffff"
    "20000000ffffffff");
// setfacl -d -m u::rwx,g::rx,o::rx: says no more than a mode.
const std::string kPlainDefault =
    from_hex("0200000001000700ffffffff04000500ffffffff20000500ffffffff");
// setfacl -d -m u::rwx,g::rwx,o::rx,m::r, and what open(O_CREAT, 0666) made of it (mode 644).
const std::string kMaskDefault =
    from_hex("0200000001000700ffffffff04000700ffffffff10000400ffffffff20000500ffffffff");
const std::string kMaskNew =
    from_hex("0200000001000600ffffffff04000700ffffffff10000400ffffffff20000400ffffffff");

constexpr uint32_t kRead = kMayRead;
constexpr uint32_t kWrite = kMayWrite;
constexpr uint32_t kExec = kMayExecute;

std::string one(uint16_t tag, uint16_t perm, uint32_t id = UINT32_MAX) {
  std::string out;
  for (const auto& [value, width] : {std::pair<uint32_t, int>{tag, 2}, {perm, 2}, {id, 4}})
    for (int i = 0; i < width; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string acl(std::initializer_list<std::string> entries) {
  std::string out = from_hex("02000000");
  for (const std::string& e : entries) out += e;
  return out;
}

Errc parse_code(const std::string& value) { return Acl::parse(value).code(); }

Errc check(Caller caller, uint32_t mode, std::string_view access_acl, uint32_t want,
           uint32_t uid = 1, uint32_t gid = 10) {
  return check_permission(caller, {mode, uid, gid, access_acl}, want).code();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(posix_acl)

BOOST_AUTO_TEST_CASE(an_acl_survives_parsing_and_encoding) {
  for (const std::string& value : {kNamed, kNamed750, kDefault, kPlainDefault, kMaskDefault}) {
    const auto parsed = Acl::parse(value);
    BOOST_REQUIRE((parsed && parsed->has_value()));
    BOOST_TEST((*parsed)->encode() == value);
  }
}

BOOST_AUTO_TEST_CASE(an_acl_without_entries_means_none) {
  BOOST_TEST(!Acl::parse("").value().has_value());
  BOOST_TEST(!Acl::parse(from_hex("02000000")).value().has_value());
}

BOOST_AUTO_TEST_CASE(what_linux_refuses_is_refused) {
  const std::string user = one(1, 7);
  const std::string group = one(4, 5);
  const std::string other = one(0x20, 0);
  const std::string mask = one(0x10, 7);
  BOOST_TEST((parse_code(acl({user, group, other})) == Errc::kOk));
  BOOST_TEST((parse_code(acl({user, group, mask, other})) == Errc::kOk));
  BOOST_TEST(
      (parse_code(acl({user, one(2, 7, 5), one(2, 7, 5), group, mask, other})) == Errc::kOk));
  BOOST_TEST((parse_code("\x02") == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, group, other}) + "x") == Errc::kInvalid));
  BOOST_TEST((parse_code(from_hex("01000000")) == Errc::kNotSupported));
  BOOST_TEST((parse_code(acl({user, group})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({group, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, user, group, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, group, group, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({group, user, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, group, other, mask})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, one(2, 7, 5), group, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, one(2, 7), group, mask, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, group, one(8, 7), mask, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({one(1, 8), group, other})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({user, group, other, one(0x40, 0)})) == Errc::kInvalid));
  BOOST_TEST((parse_code(acl({one(0, 0), user, group, other})) == Errc::kInvalid));
}

BOOST_AUTO_TEST_CASE(without_an_acl_the_mode_decides) {
  const uint32_t mode = S_IFREG | 0640;
  BOOST_TEST((check({.uid = 1}, mode, "", kRead | kWrite) == Errc::kOk));
  BOOST_TEST((check({.uid = 2, .gid = 10}, mode, "", kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 2, .gid = 10}, mode, "", kWrite) == Errc::kAccess));
  const std::vector<uint32_t> groups{7, 10};
  BOOST_TEST((check({.uid = 2, .gid = 3, .groups = groups}, mode, "", kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 2, .gid = 3}, mode, "", kRead) == Errc::kAccess));
  BOOST_TEST((check({.uid = 2, .gid = 3}, mode, "", 0) == Errc::kOk));
  // The owner has the owner's bits, even if the others have more.
  BOOST_TEST((check({.uid = 1}, S_IFREG | 0077, "", kRead) == Errc::kAccess));
  BOOST_TEST((check({.uid = 2, .gid = 10}, S_IFREG | 0707, "", kRead) == Errc::kAccess));
}

BOOST_AUTO_TEST_CASE(privilege_overrides_all_but_running_what_nobody_may_run) {
  const Caller root{.uid = 0, .privileged = true};
  BOOST_TEST((check(root, S_IFREG | 0000, "", kRead | kWrite) == Errc::kOk));
  BOOST_TEST((check(root, S_IFREG | 0666, "", kExec) == Errc::kAccess));
  BOOST_TEST((check(root, S_IFREG | 0010, "", kExec) == Errc::kOk));
  BOOST_TEST((check(root, S_IFDIR | 0000, "", kRead | kWrite | kExec) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(named_users_and_groups_are_granted_what_the_mask_allows) {
  const uint32_t mode = S_IFREG | 0660;
  BOOST_TEST((check({.uid = 1000}, mode, kNamed, kRead | kWrite) == Errc::kOk));
  BOOST_TEST((check({.uid = 1000}, mode, kNamed, kExec) == Errc::kAccess));
  BOOST_TEST((check({.uid = 5, .gid = 2000}, mode, kNamed, kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 5, .gid = 2000}, mode, kNamed, kWrite) == Errc::kAccess));
  BOOST_TEST((check({.uid = 5, .gid = 10}, mode, kNamed, kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 5, .gid = 10}, mode, kNamed, kWrite) == Errc::kAccess));
  BOOST_TEST((check({.uid = 5, .gid = 5}, mode, kNamed, kRead) == Errc::kAccess));
  // After chmod 750 the mask is r-x: writing is taken from the named user.
  BOOST_TEST((check({.uid = 1000}, S_IFREG | 0750, kNamed750, kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 1000}, S_IFREG | 0750, kNamed750, kWrite) == Errc::kAccess));
  BOOST_TEST((check({.uid = 1}, S_IFREG | 0750, kNamed750, kRead | kWrite | kExec) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(one_matching_group_must_grant_all_and_others_do_not_count_then) {
  const std::string value =
      acl({one(1, 7), one(4, 4), one(8, 2, 2000), one(0x10, 7), one(0x20, 7)});
  const std::vector<uint32_t> both{10, 2000};
  const Caller caller{.uid = 5, .gid = 3, .groups = both};
  BOOST_TEST((check(caller, S_IFREG | 0777, value, kRead) == Errc::kOk));
  BOOST_TEST((check(caller, S_IFREG | 0777, value, kWrite) == Errc::kOk));
  BOOST_TEST((check(caller, S_IFREG | 0777, value, kRead | kWrite) == Errc::kAccess));
  BOOST_TEST((check(caller, S_IFREG | 0777, value, kExec) == Errc::kAccess));
  BOOST_TEST((check({.uid = 5, .gid = 3}, S_IFREG | 0777, value, kRead | kExec) == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(an_empty_mask_means_that_the_acl_is_not_looked_at) {
  const std::string value =
      acl({one(1, 7), one(2, 7, 1000), one(4, 0), one(0x10, 0), one(0x20, 4)});
  BOOST_TEST((check({.uid = 1000, .gid = 3}, S_IFREG | 0704, value, kRead) == Errc::kOk));
  BOOST_TEST((check({.uid = 1000, .gid = 3}, S_IFREG | 0704, value, kWrite) == Errc::kAccess));
}

BOOST_AUTO_TEST_CASE(a_damaged_stored_acl_is_an_error_and_not_a_permission) {
  BOOST_TEST((check({.uid = 5}, S_IFREG | 0777, "rubbish", kRead) == Errc::kCorrupt));
}

BOOST_AUTO_TEST_CASE(without_a_default_acl_the_umask_counts) {
  const auto made = acl_inherit("", S_IFREG | S_ISUID | 0666, 0022).value();
  BOOST_TEST(made.mode == (S_IFREG | S_ISUID | 0644));
  BOOST_TEST(made.access_acl.empty());
  BOOST_TEST(acl_inherit("", S_IFLNK | 0777, 0077).value().mode == (S_IFLNK | 0777));
}

BOOST_AUTO_TEST_CASE(a_new_file_inherits_the_default_acl_instead_of_the_umask) {
  const auto made = acl_inherit(kDefault, S_IFREG | 0644, 0077).value();
  BOOST_TEST(made.mode == (S_IFREG | 0640));
  BOOST_TEST(made.access_acl == kNew644);
  BOOST_TEST(made.default_acl.empty());
}

BOOST_AUTO_TEST_CASE(a_new_directory_also_hands_it_down) {
  const auto made = acl_inherit(kDefault, S_IFDIR | S_ISGID | 0700, 0022).value();
  BOOST_TEST(made.mode == (S_IFDIR | S_ISGID | 0700));
  BOOST_TEST(made.access_acl == kSub700);
  BOOST_TEST(made.default_acl == kDefault);
  const auto open = acl_inherit(kDefault, S_IFDIR | 0777, 0022).value();
  BOOST_TEST(open.mode == (S_IFDIR | 0770));
  BOOST_TEST(open.access_acl == kDefault);
}

BOOST_AUTO_TEST_CASE(a_default_acl_that_is_like_a_mode_leaves_no_access_acl) {
  const auto made = acl_inherit(kPlainDefault, S_IFREG | 0666, 0077).value();
  BOOST_TEST(made.mode == (S_IFREG | 0644));
  BOOST_TEST(made.access_acl.empty());
}

BOOST_AUTO_TEST_CASE(a_mask_alone_is_kept) {
  const auto made = acl_inherit(kMaskDefault, S_IFREG | 0666, 0022).value();
  BOOST_TEST(made.mode == (S_IFREG | 0644));
  BOOST_TEST(made.access_acl == kMaskNew);
}

BOOST_AUTO_TEST_CASE(chmod_changes_owner_mask_and_others) {
  BOOST_TEST(acl_chmod(kNamed, S_IFREG | 0750).value() == kNamed750);
  BOOST_TEST((acl_chmod("rubbish", 0644).code() == Errc::kCorrupt));
}

BOOST_AUTO_TEST_CASE(setting_an_access_acl_sets_the_mode) {
  const auto set = acl_set_access(kNamed, S_IFREG | S_ISUID | 0600).value();
  BOOST_TEST(set.mode == (S_IFREG | S_ISUID | 0660));
  BOOST_TEST(set.stored == kNamed);
}

BOOST_AUTO_TEST_CASE(an_access_acl_like_a_mode_is_not_stored) {
  const auto set = acl_set_access(kPlainDefault, S_IFDIR | 0700).value();
  BOOST_TEST(set.mode == (S_IFDIR | 0755));
  BOOST_TEST(set.stored.empty());
}

BOOST_AUTO_TEST_CASE(removing_an_access_acl_leaves_the_mode) {
  const auto set = acl_set_access("", S_IFREG | 0660).value();
  BOOST_TEST(set.mode == (S_IFREG | 0660));
  BOOST_TEST(set.stored.empty());
}

BOOST_AUTO_TEST_CASE(only_directories_have_a_default_acl_and_symlinks_none_at_all) {
  BOOST_TEST(acl_set_default(kDefault, S_IFDIR | 0755).value() == kDefault);
  BOOST_TEST(acl_set_default(kPlainDefault, S_IFDIR | 0755).value() == kPlainDefault);
  BOOST_TEST((acl_set_default(kDefault, S_IFREG | 0644).code() == Errc::kAccess));
  BOOST_TEST(acl_set_default(from_hex("02000000"), S_IFREG | 0644).value().empty());
  BOOST_TEST((acl_set_access(kNamed, S_IFLNK | 0777).code() == Errc::kNotSupported));
  BOOST_TEST((acl_set_default(kDefault, S_IFLNK | 0777).code() == Errc::kNotSupported));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
