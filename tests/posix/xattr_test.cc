// SPDX-License-Identifier: Apache-2.0
// Extended attributes: namespaces, flags, sizes, lists, and what may have them.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int set(const char* path, const char* name, std::string_view value, int flags = 0) {
  return lsetxattr(path, name, value.data(), value.size(), flags);
}

std::string get(const char* path, const char* name) {
  std::string value(65536, '\0');
  const ssize_t size = lgetxattr(path, name, value.data(), value.size());
  if (size < 0) return errno_name(errno);
  value.resize(static_cast<size_t>(size));
  return value;
}

// Sorted and joined with spaces. What a security module adds by itself is left out.
std::string names_of(const char* path) {
  std::string bytes(65536, '\0');
  const ssize_t size = llistxattr(path, bytes.data(), bytes.size());
  if (size < 0) return errno_name(errno);
  std::vector<std::string> names;
  for (size_t at = 0; at < static_cast<size_t>(size); at += names.back().size() + 1) {
    names.emplace_back(bytes.c_str() + at);
  }
  std::erase(names, "security.selinux");
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) joined += joined.empty() ? name : " " + name;
  return joined;
}

CASE(xattr, is_set_read_and_listed) {
  file("f");
  OK(set("f", "user.a", "value"));
  IS(get("f", "user.a"), "value");
  IS(names_of("f"), "user.a");
}

CASE(xattr, is_replaced) {
  file("f");
  OK(set("f", "user.a", "value"));
  OK(set("f", "user.a", "v"));
  IS(get("f", "user.a"), "v");
  IS(names_of("f"), "user.a");
}

CASE(xattr, is_removed) {
  file("f");
  OK(set("f", "user.a", "value"));
  OK(removexattr("f", "user.a"));
  IS(get("f", "user.a"), "ENODATA");
  IS(names_of("f"), "");
}

CASE(xattr, missing_is_ENODATA) {
  file("f");
  char value[10];
  FAILS(ENODATA, getxattr("f", "user.a", value, sizeof value));
  FAILS(ENODATA, removexattr("f", "user.a"));
}

CASE(xattr, XATTR_CREATE_of_an_existing_one_is_EEXIST) {
  file("f");
  OK(set("f", "user.a", "1", XATTR_CREATE));
  FAILS(EEXIST, set("f", "user.a", "2", XATTR_CREATE));
  IS(get("f", "user.a"), "1");
}

CASE(xattr, XATTR_REPLACE_of_a_missing_one_is_ENODATA) {
  file("f");
  FAILS(ENODATA, set("f", "user.a", "1", XATTR_REPLACE));
  OK(set("f", "user.a", "1"));
  OK(set("f", "user.a", "2", XATTR_REPLACE));
  IS(get("f", "user.a"), "2");
}

CASE(xattr, unknown_flags_are_EINVAL) {
  file("f");
  FAILS(EINVAL, set("f", "user.a", "1", 4));
  ANSWER(set("f", "user.a", "1", XATTR_CREATE | XATTR_REPLACE));
}

CASE(xattr, an_empty_value_is_a_value) {
  file("f");
  OK(set("f", "user.a", ""));
  char value[10];
  IS(getxattr("f", "user.a", value, sizeof value), 0);
  IS(names_of("f"), "user.a");
}

CASE(xattr, values_hold_any_bytes) {
  file("f");
  const std::string value = std::string("\0\xff\n", 3) + pattern(500);
  OK(set("f", "user.a", value));
  IS(get("f", "user.a"), value);
}

CASE(xattr, size_0_asks_for_the_size) {
  file("f");
  OK(set("f", "user.a", "value"));
  IS(getxattr("f", "user.a", nullptr, 0), 5);
  IS(listxattr("f", nullptr, 0), 7);
}

CASE(xattr, a_buffer_too_small_is_ERANGE) {
  file("f");
  OK(set("f", "user.a", "value"));
  char buffer[4];
  FAILS(ERANGE, getxattr("f", "user.a", buffer, sizeof buffer));
  FAILS(ERANGE, listxattr("f", buffer, sizeof buffer));
}

CASE(xattr, a_value_of_65537_bytes_is_E2BIG) {
  file("f");
  FAILS(E2BIG, set("f", "user.a", std::string(65537, 'x')));
}

CASE(xattr, a_value_of_3000_bytes_reads_back) {
  file("f");
  OK(set("f", "user.a", pattern(3000)));
  IS(get("f", "user.a"), pattern(3000));
}

CASE(xattr, a_value_of_60000_bytes) {
  file("f");
  ANSWER(set("f", "user.a", pattern(60000)));
}

CASE(xattr, a_name_of_255_bytes_is_the_longest) {
  file("f");
  const std::string longest = "user." + std::string(250, 'n');
  OK(set("f", longest.c_str(), "v"));
  IS(get("f", longest.c_str()), "v");
  IS(names_of("f"), longest);
  FAILS(ERANGE, set("f", (longest + "n").c_str(), "v"));
}

CASE(xattr, an_empty_name_is_refused) {
  file("f");
  FAILS(ERANGE, set("f", "", "v"));
  ANSWER(set("f", "user.", "v"));
}

CASE(xattr, an_unknown_namespace_is_EOPNOTSUPP) {
  file("f");
  char value[10];
  FAILS(EOPNOTSUPP, set("f", "nonsense.a", "v"));
  FAILS(EOPNOTSUPP, set("f", "plain", "v"));
  FAILS(EOPNOTSUPP, getxattr("f", "nonsense.a", value, sizeof value));
  FAILS(EOPNOTSUPP, removexattr("f", "nonsense.a"));
}

CASE(xattr, unknown_names_of_the_system_namespace_are_EOPNOTSUPP) {
  file("f");
  FAILS(EOPNOTSUPP, set("f", "system.nonsense", "v"));
}

CASE(xattr, forty_names_are_listed) {
  file("f");
  std::string expected;
  for (int i = 10; i < 50; ++i) {
    const std::string name = "user.name" + std::to_string(i);
    OK(set("f", name.c_str(), std::to_string(i)));
    expected += (expected.empty() ? "" : " ") + name;
  }
  IS(names_of("f"), expected);
  IS(get("f", "user.name27"), "27");
}

CASE(xattr, names_tell_upper_from_lower_case) {
  file("f");
  OK(set("f", "user.a", "lower"));
  OK(set("f", "user.A", "upper"));
  IS(get("f", "user.a"), "lower");
  IS(names_of("f"), "user.A user.a");
}

CASE(xattr, directories_have_user_attributes) {
  directory("d");
  OK(set("d", "user.a", "1"));
  IS(get("d", "user.a"), "1");
}

CASE(xattr, user_attributes_of_symlinks_and_special_files_are_EPERM) {
  OK(symlink("x", "l"));
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0644, 0x103));
  char value[10];
  for (const char* path : {"l", "p", "c"}) {
    FAILS(EPERM, set(path, "user.a", "1"));
    ANSWER(lgetxattr(path, "user.a", value, sizeof value));
    ANSWER(lremovexattr(path, "user.a"));
  }
}

CASE(xattr, trusted_attributes_of_symlinks_and_special_files_are_allowed) {
  OK(symlink("x", "l"));
  OK(mkfifo("p", 0644));
  for (const char* path : {"l", "p"}) {
    OK(set(path, "trusted.a", "1"));
    IS(get(path, "trusted.a"), "1");
    IS(names_of(path), "trusted.a");
  }
}

CASE(xattr, trusted_attributes_are_hidden_from_ordinary_users) {
  file("f", "", 0666);
  OK(set("f", "trusted.a", "1"));
  OK(set("f", "user.b", "2"));
  IS(names_of("f"), "trusted.a user.b");
  as(kAlice, [] {
    char value[10];
    FAILS(ENODATA, getxattr("f", "trusted.a", value, sizeof value));
    FAILS(EPERM, set("f", "trusted.a", "2"));
    FAILS(EPERM, removexattr("f", "trusted.a"));
    IS(names_of("f"), "user.b");
  });
}

CASE(xattr, security_attributes_are_for_root) {
  file("f", "", 0666);
  OK(set("f", "security.test", "1"));
  IS(get("f", "security.test"), "1");
  as(kAlice, [] {
    IS(get("f", "security.test"), "1");
    FAILS(EPERM, set("f", "security.test", "2"));
  });
}

CASE(xattr, user_attributes_follow_the_permissions_of_the_file) {
  file("readable", "", 0644);
  file("writable", "", 0622);
  OK(set("readable", "user.a", "1"));
  OK(set("writable", "user.a", "1"));
  as(kAlice, [] {
    char value[10];
    OK(getxattr("readable", "user.a", value, sizeof value));
    FAILS(EACCES, set("readable", "user.a", "2"));
    FAILS(EACCES, removexattr("readable", "user.a"));
    FAILS(EACCES, getxattr("writable", "user.a", value, sizeof value));
    OK(set("writable", "user.a", "2"));
    IS(names_of("writable"), "user.a");
  });
}

CASE(xattr, user_attributes_of_a_sticky_directory_are_for_its_owner) {
  directory("d", 01777);
  as(kAlice, [] { FAILS(EPERM, set("d", "user.a", "1")); });
  own("d", kAlice.uid, kAlice.gid);
  as(kAlice, [] { OK(set("d", "user.a", "1")); });
}

CASE(xattr, following_calls_follow_symlinks) {
  file("f");
  OK(symlink("f", "l"));
  OK(setxattr("l", "user.a", "1", 1, 0));
  IS(get("f", "user.a"), "1");
  char value[10];
  IS(getxattr("l", "user.a", value, sizeof value), 1);
  OK(removexattr("l", "user.a"));
  IS(get("f", "user.a"), "ENODATA");
}

CASE(xattr, work_through_descriptors) {
  file("f");
  const int fd = OK(open("f", O_RDONLY));
  char value[10];
  OK(fsetxattr(fd, "user.a", "1", 1, 0));
  IS(fgetxattr(fd, "user.a", value, sizeof value), 1);
  IS(flistxattr(fd, value, sizeof value), 7);
  OK(fremovexattr(fd, "user.a"));
  FAILS(EBADF, fsetxattr(77, "user.a", "1", 1, 0));
}

CASE(xattr, of_an_unlinked_file_work) {
  file("f");
  const int fd = OK(open("f", O_RDWR));
  OK(unlink("f"));
  char value[10];
  OK(fsetxattr(fd, "user.a", "1", 1, 0));
  IS(fgetxattr(fd, "user.a", value, sizeof value), 1);
}

CASE(xattr, of_a_missing_file_are_ENOENT) {
  char value[10];
  FAILS(ENOENT, setxattr("f", "user.a", "1", 1, 0));
  FAILS(ENOENT, getxattr("f", "user.a", value, sizeof value));
  FAILS(ENOENT, listxattr("f", value, sizeof value));
  FAILS(ENOENT, removexattr("f", "user.a"));
}

CASE(xattr, stay_through_rename_link_and_writes) {
  file("f", "abc");
  OK(set("f", "user.a", "1"));
  OK(rename("f", "g"));
  OK(link("g", "h"));
  file("h", "def");
  IS(get("g", "user.a"), "1");
  IS(get("h", "user.a"), "1");
}

CASE(xattr, end_with_the_file) {
  file("f");
  OK(set("f", "user.a", "1"));
  OK(unlink("f"));
  file("f");
  IS(names_of("f"), "");
}

CASE(xattr, replaced_many_times_keep_the_last) {
  file("f");
  for (int i = 0; i < 200; ++i) {
    if (set("f", "user.a", pattern(static_cast<size_t>(i), i)) != 0) abandon("setxattr");
  }
  IS(get("f", "user.a"), pattern(199, 199));
}

CASE(xattr, capabilities_are_dropped_by_a_write) {
  file("f", "abc", 0755);
  // VFS_CAP_REVISION_2 with CAP_NET_BIND_SERVICE, as setcap writes it.
  const std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00",
      20);
  OK(set("f", "security.capability", capability));
  const int fd = OK(open("f", O_RDWR));
  IS(write(fd, "x", 1), 1);
  IS(get("f", "security.capability"), "ENODATA");
}

CASE(xattr, capabilities_are_dropped_by_truncation_and_chown) {
  const std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00",
      20);
  file("f", "abc", 0755);
  file("g", "abc", 0755);
  OK(set("f", "security.capability", capability));
  OK(set("g", "security.capability", capability));
  OK(truncate("f", 1));
  OK(chown("g", 5, 6));
  IS(get("f", "security.capability"), "ENODATA");
  IS(get("g", "security.capability"), "ENODATA");
}

}  // namespace
}  // namespace sheen::posix
