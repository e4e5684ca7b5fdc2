// SPDX-License-Identifier: Apache-2.0
// symlink, readlink, and how paths follow symlinks.

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

CASE(symlink, keeps_its_target_byte_for_byte) {
  OK(symlink("some/../where//./x", "l"));
  IS(target_of("l"), "some/../where//./x");
  IS(type_of("l"), "symlink");
}

CASE(symlink, has_mode_0777_and_the_length_as_size) {
  umask(077);
  OK(symlink("12345678", "l"));
  IS(mode_of("l"), "0777");
  IS(size_of("l"), 8);
  IS(links_of("l"), 1);
}

CASE(symlink, belongs_to_who_made_it) {
  as(kAlice, [] { OK(symlink("x", "l")); });
  IS(owner_of("l"), "2001:2001");
}

CASE(symlink, targets_of_every_length_from_1_to_300) {
  for (size_t length = 1; length <= 300; ++length) {
    std::string bytes = pattern(length);
    for (char& byte : bytes) byte = static_cast<char>('a' + (byte & 15));
    const std::string name = "l" + std::to_string(length);
    if (symlink(bytes.c_str(), name.c_str()) != 0) abandon(name);
    if (target_of(name) != bytes) broken(name + " reads back differently");
    if (size_of(name) != static_cast<off_t>(length)) broken(name + " has another size");
  }
}

CASE(symlink, a_target_of_4095_bytes_is_the_longest) {
  OK(symlink(std::string(4095, 'x').c_str(), "l"));
  IS(target_of("l"), std::string(4095, 'x'));
  FAILS(ENAMETOOLONG, symlink(std::string(4096, 'x').c_str(), "m"));
}

CASE(symlink, an_empty_target_is_ENOENT) { FAILS(ENOENT, symlink("", "l")); }

CASE(symlink, a_target_may_hold_any_bytes) {
  OK(symlink("\x01\x7f\xff\n\xc3\xa4 x", "l"));
  IS(target_of("l"), "\x01\x7f\xff\n\xc3\xa4 x");
}

CASE(symlink, of_an_existing_name_is_EEXIST) {
  file("f");
  directory("d");
  OK(symlink("x", "l"));
  FAILS(EEXIST, symlink("x", "f"));
  FAILS(EEXIST, symlink("x", "d"));
  FAILS(EEXIST, symlink("y", "l"));
  IS(target_of("l"), "x");
}

CASE(symlink, in_a_missing_directory_is_ENOENT) {
  FAILS(ENOENT, symlink("x", "d/l"));
  FAILS(ENOENT, symlink("x", ""));
}

CASE(symlink, with_a_trailing_slash_is_ENOENT) { FAILS(ENOENT, symlink("x", "l/")); }

CASE(symlink, without_write_permission_is_EACCES) {
  directory("d", 0755);
  as(kAlice, [] { FAILS(EACCES, symlink("x", "d/l")); });
}

CASE(symlink, symlinkat_is_relative_to_its_directory) {
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  OK(symlinkat("x", dir, "l"));
  IS(target_of("d/l"), "x");
}

CASE(readlink, into_a_short_buffer_truncates) {
  OK(symlink("abcdef", "l"));
  char target[4] = "...";
  IS(readlink("l", target, 3), 3);
  IS(std::string(target, 4), std::string("abc\0", 4));
}

CASE(readlink, of_anything_else_is_EINVAL) {
  file("f");
  directory("d");
  char target[10];
  FAILS(EINVAL, readlink("f", target, sizeof target));
  FAILS(EINVAL, readlink("d", target, sizeof target));
  FAILS(EINVAL, readlink(".", target, sizeof target));
}

CASE(readlink, of_a_missing_name_is_ENOENT) {
  char target[10];
  FAILS(ENOENT, readlink("l", target, sizeof target));
  FAILS(ENOENT, readlink("", target, sizeof target));
}

CASE(readlink, needs_no_permission_on_the_symlink) {
  OK(symlink("abc", "l"));
  as(kAlice, [] { IS(target_of("l"), "abc"); });
}

CASE(readlink, of_a_symlink_to_itself_gives_it) {
  OK(symlink("l", "l"));
  IS(target_of("l"), "l");
}

CASE(symlink, loops_are_ELOOP) {
  OK(symlink("l", "l"));
  OK(symlink("b", "a"));
  OK(symlink("a", "b"));
  struct stat st;
  FAILS(ELOOP, stat("l", &st));
  FAILS(ELOOP, stat("a", &st));
  FAILS(ELOOP, stat("a/x", &st));
  FAILS(ELOOP, chmod("l", 0644));
  FAILS(ELOOP, truncate("l", 0));
}

CASE(symlink, a_chain_of_40_is_followed_and_of_41_ELOOP) {
  file("l0", "abc");
  for (int i = 1; i <= 41; ++i) {
    const std::string target = "l" + std::to_string(i - 1);
    if (symlink(target.c_str(), ("l" + std::to_string(i)).c_str()) != 0) abandon("symlink");
  }
  IS(content("l40"), "abc");
  FAILS(ELOOP, open("l41", O_RDONLY));
}

CASE(symlink, dangling_is_ENOENT_through_and_there_itself) {
  OK(symlink("nowhere", "l"));
  struct stat st;
  FAILS(ENOENT, stat("l", &st));
  OK(lstat("l", &st));
  FAILS(ENOENT, chmod("l", 0644));
  FAILS(ENOENT, access("l", F_OK));
}

CASE(symlink, relative_targets_start_from_its_directory) {
  directory("d");
  file("d/f", "in d");
  file("f", "outside");
  OK(symlink("f", "d/l"));
  OK(symlink("../f", "d/m"));
  IS(content("d/l"), "in d");
  IS(content("d/m"), "outside");
}

CASE(symlink, absolute_targets_start_from_the_root) {
  OK(symlink("/dev/null", "l"));
  struct stat st;
  OK(stat("l", &st));
  IS(type_of(st.st_mode), "char");
}

CASE(symlink, in_the_middle_of_a_path_is_followed_by_every_call) {
  directory("d");
  file("d/f", "abc");
  OK(symlink("d", "l"));
  OK(mkdir("l/e", 0755));
  OK(rename("l/f", "l/e/g"));
  OK(link("l/e/g", "l/h"));
  OK(unlink("l/e/g"));
  OK(rmdir("l/e"));
  IS(names_in("d"), "h");
}

CASE(symlink, with_a_trailing_slash_means_the_directory) {
  directory("d");
  file("f");
  OK(symlink("d", "l"));
  OK(symlink("f", "m"));
  struct stat st;
  OK(lstat("l/", &st));
  IS(type_of(st.st_mode), "directory");
  FAILS(ENOTDIR, lstat("m/", &st));
}

CASE(symlink, size_of_a_long_target_is_its_length) {
  OK(symlink(std::string(3000, 'y').c_str(), "l"));
  IS(size_of("l"), 3000);
}

CASE(symlink, chown_without_following_changes_the_symlink) {
  file("f");
  OK(symlink("f", "l"));
  OK(lchown("l", 5, 6));
  IS(owner_of("l"), "5:6");
  IS(owner_of("f"), "0:0");
  OK(chown("l", 7, 8));
  IS(owner_of("l"), "5:6");
  IS(owner_of("f"), "7:8");
}

CASE(symlink, fchmodat_without_following_is_EOPNOTSUPP) {
  OK(symlink("x", "l"));
  FAILS(EOPNOTSUPP, fchmodat(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW));
}

CASE(symlink, times_of_the_symlink_itself_can_be_set) {
  file("f");
  OK(symlink("f", "l"));
  const timespec times[2] = {{100, 1}, {200, 2}};
  OK(utimensat(AT_FDCWD, "l", times, AT_SYMLINK_NOFOLLOW));
  IS(info("l").st_mtim.tv_sec, 200);
  HOLDS(info("f").st_mtim.tv_sec != 200);
}

CASE(symlink, hard_links_of_it_share_the_target) {
  OK(symlink("target", "l"));
  OK(link("l", "m"));
  OK(unlink("l"));
  IS(target_of("m"), "target");
  IS(links_of("m"), 1);
}

}  // namespace
}  // namespace sheen::posix
