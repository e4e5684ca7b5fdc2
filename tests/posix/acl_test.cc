// SPDX-License-Identifier: Apache-2.0
// POSIX access control lists, through the raw bytes of their extended attributes.

#include <endian.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <sstream>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

constexpr const char* kAccess = "system.posix_acl_access";
constexpr const char* kDefault = "system.posix_acl_default";

void append(std::string& bytes, uint16_t tag, unsigned permissions, uint32_t id) {
  posix_acl_xattr_entry entry{};
  entry.e_tag = htole16(tag);
  entry.e_perm = htole16(static_cast<uint16_t>(permissions));
  entry.e_id = htole32(id);
  bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
}

// "u::6 u:2001:4 g::4 m::6 o::0" as the bytes of the attribute.
std::string acl(const std::string& text) {
  posix_acl_xattr_header header{};
  header.a_version = htole32(POSIX_ACL_XATTR_VERSION);
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const unsigned permissions = static_cast<unsigned>(word.back() - '0');
    const std::string id = word.substr(2, word.rfind(':') - 2);
    const bool named = !id.empty();
    uint16_t tag = ACL_OTHER;
    if (word[0] == 'u') tag = named ? ACL_USER : ACL_USER_OBJ;
    if (word[0] == 'g') tag = named ? ACL_GROUP : ACL_GROUP_OBJ;
    if (word[0] == 'm') tag = ACL_MASK;
    append(bytes, tag, permissions,
           named ? static_cast<uint32_t>(std::stoul(id)) : static_cast<uint32_t>(ACL_UNDEFINED_ID));
  }
  return bytes;
}

std::string text_of_acl(const std::string& bytes) {
  std::string text;
  for (size_t at = sizeof(posix_acl_xattr_header);
       at + sizeof(posix_acl_xattr_entry) <= bytes.size(); at += sizeof(posix_acl_xattr_entry)) {
    posix_acl_xattr_entry entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    const uint16_t tag = le16toh(entry.e_tag);
    if (!text.empty()) text += ' ';
    text += tag == ACL_USER_OBJ || tag == ACL_USER     ? "u:"
            : tag == ACL_GROUP_OBJ || tag == ACL_GROUP ? "g:"
            : tag == ACL_MASK                          ? "m:"
                                                       : "o:";
    if (tag == ACL_USER || tag == ACL_GROUP) text += std::to_string(le32toh(entry.e_id));
    text += ":" + std::to_string(le16toh(entry.e_perm));
  }
  return text;
}

int set(const char* path, const char* name, const std::string& bytes) {
  return setxattr(path, name, bytes.data(), bytes.size(), 0);
}

std::string get(const std::string& path, const char* name) {
  std::string bytes(4096, '\0');
  const ssize_t size = getxattr(path.c_str(), name, bytes.data(), bytes.size());
  if (size < 0) return errno_name(errno);
  bytes.resize(static_cast<size_t>(size));
  return text_of_acl(bytes);
}

CASE(acl, is_stored_and_read_back) {
  file("f");
  OK(set("f", kAccess, acl("u::6 u:2001:4 g::4 g:3001:2 m::6 o::0")));
  IS(get("f", kAccess), "u::6 u:2001:4 g::4 g:3001:2 m::6 o::0");
}

CASE(acl, of_a_file_without_one_is_ENODATA) {
  file("f");
  directory("d");
  IS(get("f", kAccess), "ENODATA");
  IS(get("d", kDefault), "ENODATA");
}

CASE(acl, sets_the_mode_and_its_group_bits_are_the_mask) {
  file("f", "", 0777);
  OK(set("f", kAccess, acl("u::6 u:2001:7 g::1 m::5 o::2")));
  IS(mode_of("f"), "0652");
}

CASE(acl, a_minimal_one_is_only_a_mode) {
  file("f", "", 0777);
  OK(set("f", kAccess, acl("u::6 g::4 o::0")));
  IS(mode_of("f"), "0640");
  IS(get("f", kAccess), "ENODATA");
}

CASE(acl, a_named_user_gets_her_rights) {
  file("f", "abc", 0600);
  OK(set("f", kAccess, acl("u::6 u:2001:4 g::0 m::4 o::0")));
  as(kAlice, [] {
    IS(content("f"), "abc");
    FAILS(EACCES, open("f", O_WRONLY));
  });
  as(kBob, [] { FAILS(EACCES, open("f", O_RDONLY)); });
}

CASE(acl, a_named_user_may_be_denied_what_others_may) {
  file("f", "abc", 0666);
  OK(set("f", kAccess, acl("u::6 u:2001:0 g::6 m::6 o::6")));
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
  as(kBob, [] { OK(open("f", O_RDWR)); });
}

CASE(acl, a_named_group_gets_its_rights) {
  file("f", "abc", 0600);
  OK(set("f", kAccess, acl("u::6 g::0 g:3001:6 m::6 o::0")));
  as(kCarolOfStaff, [] { OK(open("f", O_RDWR)); });
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
}

CASE(acl, any_matching_group_suffices) {
  file("f", "abc", 0600);
  own("f", 0, kBob.gid);
  OK(set("f", kAccess, acl("u::6 g::0 g:3001:4 m::6 o::0")));
  as({kBob.uid, kBob.gid, {kStaff}}, [] {
    OK(open("f", O_RDONLY));
    FAILS(EACCES, open("f", O_WRONLY));
  });
}

CASE(acl, a_group_member_does_not_fall_through_to_others) {
  file("f", "abc", 0600);
  OK(set("f", kAccess, acl("u::6 g::0 g:3001:0 m::6 o::6")));
  as(kCarolOfStaff, [] { FAILS(EACCES, open("f", O_RDONLY)); });
  as(kAlice, [] { OK(open("f", O_RDONLY)); });
}

CASE(acl, the_mask_limits_named_entries_and_the_group) {
  file("f", "abc", 0600);
  own("f", 0, kBob.gid);
  OK(set("f", kAccess, acl("u::6 u:2001:6 g::6 m::4 o::0")));
  as(kAlice, [] {
    OK(open("f", O_RDONLY));
    FAILS(EACCES, open("f", O_WRONLY));
  });
  as(kBob, [] { FAILS(EACCES, open("f", O_WRONLY)); });
}

CASE(acl, the_mask_does_not_limit_owner_and_others) {
  file("f", "abc", 0600);
  own("f", kAlice.uid, kAlice.gid);
  OK(set("f", kAccess, acl("u::6 u:2002:6 g::6 m::1 o::6")));
  as(kAlice, [] { OK(open("f", O_RDWR)); });
  as({2009, 2009}, [] { OK(open("f", O_RDWR)); });
  as(kBob, [] { FAILS(EACCES, open("f", O_RDONLY)); });
}

// Linux looks at an ACL only if the group bits of the mode, its mask, are not all clear.
CASE(acl, an_empty_mask_leaves_named_users_to_the_other_bits_on_Linux) {
  file("f", "abc", 0600);
  OK(set("f", kAccess, acl("u::6 u:2001:6 g::6 m::0 o::4")));
  as(kAlice, [] {
    ANSWER(open("f", O_RDONLY));
    ANSWER(open("f", O_WRONLY));
  });
}

CASE(acl, chmod_changes_the_mask_not_the_group_entry) {
  file("f");
  OK(set("f", kAccess, acl("u::6 u:2001:6 g::4 m::6 o::0")));
  OK(chmod("f", 0715));
  IS(get("f", kAccess), "u::7 u:2001:6 g::4 m::1 o::5");
  IS(mode_of("f"), "0715");
}

CASE(acl, chmod_takes_rights_from_named_users_at_once) {
  file("f", "abc", 0600);
  OK(set("f", kAccess, acl("u::6 u:2001:6 g::0 m::6 o::0")));
  as(kAlice, [] { OK(open("f", O_RDWR)); });
  OK(chmod("f", 0600));
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDONLY)); });
}

CASE(acl, is_removed_with_its_attribute) {
  file("f");
  OK(set("f", kAccess, acl("u::6 u:2001:6 g::4 m::6 o::0")));
  OK(removexattr("f", kAccess));
  IS(get("f", kAccess), "ENODATA");
  as(kAlice, [] { FAILS(EACCES, open("f", O_RDWR)); });
  SEE(mode_of("f"));
}

CASE(acl, removing_a_missing_one) {
  file("f");
  directory("d");
  ANSWER(removexattr("f", kAccess));
  ANSWER(removexattr("d", kDefault));
}

CASE(acl, grants_search_and_listing_of_directories) {
  directory("d", 0700);
  file("d/f", "abc", 0644);
  OK(set("d", kAccess, acl("u::7 u:2001:5 g::0 m::5 o::0")));
  as(kAlice, [] {
    IS(names_in("d"), "f");
    IS(content("d/f"), "abc");
    FAILS(EACCES, mkdir("d/e", 0755));
  });
  as(kBob, [] { FAILS(EACCES, open("d/f", O_RDONLY)); });
}

CASE(acl, grants_creation_in_directories) {
  directory("d", 0700);
  OK(set("d", kAccess, acl("u::7 g::0 g:3001:7 m::7 o::0")));
  as(kCarolOfStaff, [] {
    file("d/f", "abc");
    OK(rename("d/f", "d/g"));
    OK(unlink("d/g"));
  });
  as(kAlice, [] { FAILS(EACCES, mkdir("d/e", 0755)); });
}

CASE(acl, by_the_owner_is_allowed_and_by_others_EPERM) {
  file("f", "", 0666);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { OK(set("f", kAccess, acl("u::6 u:2002:4 g::4 m::4 o::0"))); });
  as(kBob, [] {
    FAILS(EPERM, set("f", kAccess, acl("u::6 u:2002:6 g::4 m::6 o::0")));
    FAILS(EPERM, removexattr("f", kAccess));
  });
}

CASE(acl, can_be_read_by_those_who_cannot_read_the_file) {
  file("f", "", 0600);
  OK(set("f", kAccess, acl("u::6 u:2002:4 g::0 m::4 o::0")));
  as(kAlice, [] { IS(get("f", kAccess), "u::6 u:2002:4 g::0 m::4 o::0"); });
}

CASE(acl, access_checks_agree_with_it) {
  file("f", "", 0600);
  OK(set("f", kAccess, acl("u::6 u:2001:5 g::0 m::7 o::0")));
  as(kAlice, [] {
    OK(access("f", R_OK));
    OK(access("f", X_OK));
    FAILS(EACCES, access("f", W_OK));
  });
}

CASE(acl, malformed_bytes_are_EINVAL) {
  file("f");
  FAILS(EINVAL, set("f", kAccess, "xx"));
  FAILS(EINVAL, set("f", kAccess, acl("u::6 g::4 o::0") + "x"));
  FAILS(EINVAL, set("f", kAccess, acl("u::6 u:2001:4 g::4 o::0")));
  FAILS(EINVAL, set("f", kAccess, acl("u::6 o::0")));
  FAILS(EINVAL, set("f", kAccess, acl("u::6 u::6 g::4 o::0")));
  FAILS(EINVAL, set("f", kAccess, acl("o::0 g::4 u::6")));
  IS(mode_of("f"), "0644");
}

CASE(acl, of_another_version_is_refused) {
  file("f");
  std::string bytes = acl("u::6 g::4 o::0");
  bytes[0] = 9;
  ANSWER(set("f", kAccess, bytes));
}

CASE(acl, a_default_one_of_a_file_is_refused) {
  file("f");
  ANSWER(set("f", kDefault, acl("u::6 g::4 o::0")));
}

CASE(acl, of_a_symlink_is_refused) {
  OK(symlink("x", "l"));
  const std::string bytes = acl("u::6 g::4 o::0");
  ANSWER(lsetxattr("l", kAccess, bytes.data(), bytes.size(), 0));
}

CASE(acl, a_default_one_does_not_change_the_directory_itself) {
  directory("d", 0700);
  OK(set("d", kDefault, acl("u::7 u:2001:7 g::0 m::7 o::0")));
  IS(mode_of("d"), "0700");
  IS(get("d", kAccess), "ENODATA");
  as(kAlice, [] { FAILS(EACCES, open("d", O_RDONLY)); });
}

CASE(acl, a_default_one_is_inherited_by_files) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 u:2001:7 g::5 m::7 o::5")));
  file("d/f", "", 0666);
  IS(get("d/f", kAccess), "u::6 u:2001:7 g::5 m::6 o::4");
  IS(get("d/f", kDefault), "ENODATA");
  IS(mode_of("d/f"), "0664");
}

CASE(acl, a_default_one_is_inherited_by_directories_as_both) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 u:2001:7 g::5 m::7 o::5")));
  OK(mkdir("d/e", 0750));
  IS(get("d/e", kAccess), "u::7 u:2001:7 g::5 m::5 o::0");
  IS(get("d/e", kDefault), "u::7 u:2001:7 g::5 m::7 o::5");
  IS(mode_of("d/e"), "0750");
}

CASE(acl, the_umask_is_ignored_under_a_default_one) {
  umask(077);
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 g::7 o::7")));
  file("d/f", "", 0666);
  OK(mkdir("d/e", 0777));
  IS(mode_of("d/f"), "0666");
  IS(mode_of("d/e"), "0777");
}

CASE(acl, a_minimal_default_one_gives_a_mode_and_no_access_acl) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 g::5 o::0")));
  file("d/f", "", 0666);
  IS(mode_of("d/f"), "0640");
  IS(get("d/f", kAccess), "ENODATA");
}

CASE(acl, a_default_one_is_inherited_by_fifos_and_through_mknod) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 u:2001:6 g::0 m::7 o::0")));
  OK(mkfifo("d/p", 0666));
  OK(mknod("d/n", S_IFREG | 0666, 0));
  IS(get("d/p", kAccess), "u::6 u:2001:6 g::0 m::6 o::0");
  IS(get("d/n", kAccess), "u::6 u:2001:6 g::0 m::6 o::0");
}

CASE(acl, a_default_one_is_not_inherited_by_symlinks) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 u:2001:6 g::0 m::7 o::0")));
  OK(symlink("x", "d/l"));
  IS(mode_of("d/l"), "0777");
}

CASE(acl, an_inherited_one_counts_at_once) {
  directory("d", 0755);
  OK(set("d", kDefault, acl("u::7 u:2001:6 g::0 m::7 o::0")));
  file("d/f", "abc", 0660);
  as(kAlice, [] { OK(open("d/f", O_RDWR)); });
  as(kBob, [] { FAILS(EACCES, open("d/f", O_RDONLY)); });
}

CASE(acl, a_default_one_is_removed) {
  directory("d", 0777);
  OK(set("d", kDefault, acl("u::7 u:2001:6 g::0 m::7 o::0")));
  OK(removexattr("d", kDefault));
  file("d/f", "", 0644);
  IS(get("d/f", kAccess), "ENODATA");
  IS(mode_of("d/f"), "0644");
}

CASE(acl, stays_through_rename_and_link) {
  file("f");
  OK(set("f", kAccess, acl("u::6 u:2001:4 g::4 m::4 o::0")));
  OK(rename("f", "g"));
  OK(link("g", "h"));
  IS(get("h", kAccess), "u::6 u:2001:4 g::4 m::4 o::0");
}

CASE(acl, setting_one_changes_ctime) {
  file("f");
  IS(times_changed_by("f", [] { OK(set("f", kAccess, acl("u::6 u:2001:4 g::4 m::4 o::0"))); }),
     "ctime");
}

CASE(acl, by_an_owner_outside_the_group_drops_setgid) {
  file("f");
  own("f", kAlice.uid, kStaff);
  OK(chmod("f", 02755));
  as(kAlice, [] { OK(set("f", kAccess, acl("u::7 u:2002:4 g::5 m::5 o::5"))); });
  IS(mode_of("f"), "0755");
}

CASE(acl, of_a_hundred_entries_is_kept) {
  file("f", "abc", 0600);
  std::string text = "u::6";
  for (int uid = 5000; uid < 5100; ++uid) text += " u:" + std::to_string(uid) + ":4";
  text += " g::0 m::4 o::0";
  OK(set("f", kAccess, acl(text)));
  IS(get("f", kAccess), text);
  as({5099, 5099}, [] { IS(content("f"), "abc"); });
}

CASE(acl, is_listed_among_the_attributes) {
  file("f");
  OK(set("f", kAccess, acl("u::6 u:2001:4 g::4 m::4 o::0")));
  char names[200];
  const long size = OK(listxattr("f", names, sizeof names));
  HOLDS(std::string(names, static_cast<size_t>(size)).find(kAccess) != std::string::npos);
}

}  // namespace
}  // namespace sheen::posix
