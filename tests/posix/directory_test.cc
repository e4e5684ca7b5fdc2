// SPDX-License-Identifier: Apache-2.0
// mkdir, rmdir, "." and "..", link counts of directories, chdir and getcwd.

#include <fcntl.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

CASE(mkdir, makes_an_empty_directory_with_the_mode) {
  OK(mkdir("d", 0750));
  IS(type_of("d"), "directory");
  IS(mode_of("d"), "0750");
  IS(names_in("d"), "");
  IS(links_of("d"), 2);
}

CASE(mkdir, of_an_existing_name_is_EEXIST) {
  file("f");
  directory("d");
  OK(symlink("nowhere", "l"));
  OK(symlink("d", "m"));
  FAILS(EEXIST, mkdir("f", 0755));
  FAILS(EEXIST, mkdir("d", 0755));
  FAILS(EEXIST, mkdir("l", 0755));
  FAILS(EEXIST, mkdir("m", 0755));
  FAILS(EEXIST, mkdir(".", 0755));
  FAILS(EEXIST, mkdir("..", 0755));
  FAILS(EEXIST, mkdir("/", 0755));
}

CASE(mkdir, in_a_missing_directory_is_ENOENT) {
  FAILS(ENOENT, mkdir("a/b", 0755));
  FAILS(ENOENT, mkdir("", 0755));
}

CASE(mkdir, below_a_file_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, mkdir("f/d", 0755));
}

CASE(mkdir, may_end_with_slashes) {
  OK(mkdir("d//", 0755));
  IS(type_of("d"), "directory");
}

CASE(mkdir, of_a_dangling_symlink_with_a_slash) {
  OK(symlink("target", "l"));
  ANSWER(mkdir("l/", 0755));
  SEE(type_of("target"));
}

CASE(mkdir, raises_the_link_count_of_its_parent) {
  directory("d");
  OK(mkdir("d/a", 0755));
  OK(mkdir("d/b", 0755));
  file("d/f");
  IS(links_of("d"), 4);
  OK(rmdir("d/a"));
  IS(links_of("d"), 3);
}

CASE(mkdir, without_write_permission_is_EACCES) {
  directory("d", 0755);
  as(kAlice, [] { FAILS(EACCES, mkdir("d/e", 0755)); });
}

CASE(mkdir, belongs_to_who_made_it) {
  as(kAlice, [] { OK(mkdir("d", 0700)); });
  IS(owner_of("d"), "2001:2001");
}

CASE(mkdir, takes_the_sticky_bit_but_not_setuid_and_setgid) {
  OK(mkdir("d", 07777));
  SEE(mode_of("d"));
}

CASE(mkdir, mkdirat_is_relative_to_its_directory) {
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  OK(mkdirat(dir, "e", 0755));
  IS(type_of("d/e"), "directory");
  FAILS(EBADF, mkdirat(77, "e", 0755));
}

CASE(mkdir, two_hundred_levels_deep) {
  for (int i = 0; i < 200; ++i) {
    if (mkdir("d", 0755) != 0 || chdir("d") != 0) abandon("level " + std::to_string(i));
  }
  file("f", "abc");
  IS(content("f"), "abc");
  OK(chdir("../../.."));
  IS(names_in("."), "d");
  IS(content("d/d/d/f"), "abc");
}

CASE(mkdir, three_hundred_subdirectories_count) {
  directory("d");
  for (int i = 0; i < 300; ++i) {
    if (mkdir(("d/" + std::to_string(i)).c_str(), 0755) != 0) abandon("mkdir");
  }
  IS(links_of("d"), 302);
  IS(list("d").size(), 300);
}

CASE(rmdir, removes_an_empty_directory) {
  directory("d");
  OK(rmdir("d"));
  HOLDS(!exists("d"));
}

CASE(rmdir, of_a_full_directory_is_ENOTEMPTY) {
  directory("d");
  file("d/f");
  FAILS(ENOTEMPTY, rmdir("d"));
  OK(unlink("d/f"));
  OK(symlink("nowhere", "d/l"));
  FAILS(ENOTEMPTY, rmdir("d"));
  OK(unlink("d/l"));
  OK(rmdir("d"));
}

CASE(rmdir, of_a_missing_name_is_ENOENT) {
  FAILS(ENOENT, rmdir("d"));
  FAILS(ENOENT, rmdir(""));
  FAILS(ENOENT, rmdir("a/b"));
}

CASE(rmdir, of_anything_else_is_ENOTDIR) {
  file("f");
  OK(mkfifo("p", 0644));
  directory("d");
  OK(symlink("d", "l"));
  FAILS(ENOTDIR, rmdir("f"));
  FAILS(ENOTDIR, rmdir("p"));
  FAILS(ENOTDIR, rmdir("l"));
  FAILS(ENOTDIR, rmdir("f/d"));
  HOLDS(exists("d"));
}

CASE(rmdir, of_a_symlink_with_a_trailing_slash_is_ENOTDIR) {
  directory("d");
  OK(symlink("d", "l"));
  FAILS(ENOTDIR, rmdir("l/"));
}

CASE(rmdir, of_dot_is_EINVAL_and_of_dotdot_ENOTEMPTY) {
  directory("d");
  directory("d/e");
  FAILS(EINVAL, rmdir("."));
  FAILS(EINVAL, rmdir("d/."));
  FAILS(ENOTEMPTY, rmdir(".."));
  FAILS(ENOTEMPTY, rmdir("d/e/.."));
}

CASE(rmdir, may_end_with_a_slash) {
  directory("d");
  OK(rmdir("d/"));
  HOLDS(!exists("d"));
}

CASE(rmdir, needs_write_permission_on_the_parent_only) {
  directory("closed", 0755);
  directory("closed/d", 0777);
  directory("open", 0777);
  directory("open/d", 0000);
  as(kAlice, [] {
    FAILS(EACCES, rmdir("closed/d"));
    OK(rmdir("open/d"));
  });
}

CASE(rmdir, in_a_sticky_directory_is_for_owners) {
  directory("t", 01777);
  as(kAlice, [] { directory("t/d", 0777); });
  as(kBob, [] { FAILS(EPERM, rmdir("t/d")); });
  as(kAlice, [] { OK(rmdir("t/d")); });
}

CASE(rmdir, of_a_directory_of_an_open_unlinked_file) {
  directory("d");
  const int fd = OK(open("d/f", O_RDWR | O_CREAT, 0644));
  OK(unlink("d/f"));
  OK(rmdir("d"));
  IS(write(fd, "abc", 3), 3);
  IS(content(fd), "abc");
}

CASE(rmdir, the_name_can_be_made_again_at_once) {
  directory("d");
  OK(rmdir("d"));
  OK(mkdir("d", 0700));
  IS(mode_of("d"), "0700");
  OK(rmdir("d"));
  file("d", "abc");
  IS(content("d"), "abc");
}

CASE(dots, dot_is_the_directory_itself) {
  directory("d");
  HOLDS(same_file("d", "d/."));
  HOLDS(same_file("d", "d/./././"));
}

CASE(dots, dotdot_is_the_parent) {
  directory("d");
  directory("d/e");
  HOLDS(same_file("d/e/..", "d"));
  HOLDS(same_file("d/e/../..", "."));
  HOLDS(same_file("d/e/../e/../e", "d/e"));
}

CASE(dots, of_the_root_stay_at_the_root) { HOLDS(same_file("/..", "/")); }

CASE(dots, below_a_file_are_ENOTDIR) {
  file("f");
  struct stat st;
  FAILS(ENOTDIR, stat("f/.", &st));
  FAILS(ENOTDIR, stat("f/..", &st));
}

CASE(dots, below_a_missing_name_are_ENOENT) {
  struct stat st;
  FAILS(ENOENT, stat("x/..", &st));
  FAILS(ENOENT, stat("x/.", &st));
}

CASE(dots, after_a_symlink_start_from_its_target) {
  directory("a");
  directory("a/b");
  OK(symlink("a/b", "l"));
  HOLDS(same_file("l/..", "a"));
}

CASE(dots, names_of_three_dots_are_ordinary) {
  file("...", "abc");
  directory("..x");
  file(".hidden");
  IS(names_in("."), "... ..x .hidden");
  IS(content("..."), "abc");
}

CASE(chdir, follows_symlinks_and_needs_a_directory) {
  directory("d");
  file("f");
  OK(symlink("d", "l"));
  FAILS(ENOTDIR, chdir("f"));
  FAILS(ENOENT, chdir("x"));
  FAILS(ENOENT, chdir(""));
  OK(chdir("l"));
  HOLDS(same_file(".", "../d"));
}

CASE(chdir, needs_search_permission) {
  directory("d", 0666);
  directory("e", 0111);
  as(kAlice, [] {
    FAILS(EACCES, chdir("d"));
    OK(chdir("e"));
  });
}

CASE(chdir, fchdir_needs_a_directory_and_search_permission) {
  file("f");
  directory("d", 0444);
  FAILS(ENOTDIR, fchdir(static_cast<int>(OK(open("f", O_RDONLY)))));
  as(kAlice, [] { FAILS(EACCES, fchdir(static_cast<int>(OK(open("d", O_RDONLY))))); });
  FAILS(EBADF, fchdir(77));
}

CASE(chdir, getcwd_names_the_directory) {
  directory("a");
  directory("a/b");
  OK(chdir("a/b"));
  char path[4096];
  HOLDS(getcwd(path, sizeof path) != nullptr);
  HOLDS(std::string(path).ends_with("/a/b"));
  OK(rename("../../a", "../../c"));
  HOLDS(getcwd(path, sizeof path) != nullptr);
  HOLDS(std::string(path).ends_with("/c/b"));
}

}  // namespace
}  // namespace sheen::posix
