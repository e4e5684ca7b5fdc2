// SPDX-License-Identifier: Apache-2.0
// link, linkat, unlink, unlinkat, and files that are open without a name.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

std::string proc_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// A handle of a file whose only name is gone.
int nameless(std::string_view bytes) {
  file("f", bytes);
  const int fd = open("f", O_RDWR);
  if (fd < 0 || unlink("f") != 0) abandon("make a nameless file");
  return fd;
}

CASE(link, gives_a_file_a_second_name) {
  file("f", "abc", 0640);
  OK(link("f", "g"));
  HOLDS(same_file("f", "g"));
  IS(links_of("f"), 2);
  IS(links_of("g"), 2);
  IS(content("g"), "abc");
  IS(mode_of("g"), "0640");
}

CASE(link, names_share_content_and_attributes) {
  file("f", "abc");
  OK(link("f", "g"));
  file("g", "def");
  OK(chmod("g", 0600));
  IS(content("f"), "def");
  IS(mode_of("f"), "0600");
}

CASE(link, across_directories) {
  directory("a");
  directory("b");
  file("a/f", "abc");
  OK(link("a/f", "b/g"));
  HOLDS(same_file("a/f", "b/g"));
}

CASE(link, onto_an_existing_name_is_EEXIST) {
  file("f", "abc");
  file("g", "def");
  directory("d");
  OK(symlink("nowhere", "l"));
  FAILS(EEXIST, link("f", "g"));
  FAILS(EEXIST, link("f", "d"));
  FAILS(EEXIST, link("f", "l"));
  FAILS(EEXIST, link("f", "f"));
  IS(links_of("f"), 1);
}

CASE(link, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, link("f", "g"));
  FAILS(ENOENT, link("", "g"));
}

CASE(link, into_a_missing_directory_is_ENOENT) {
  file("f");
  FAILS(ENOENT, link("f", "d/g"));
  FAILS(ENOENT, link("f", ""));
}

CASE(link, of_a_directory_is_EPERM) {
  directory("d");
  FAILS(EPERM, link("d", "e"));
  FAILS(EPERM, link(".", "e"));
}

CASE(link, of_a_symlink_links_the_symlink) {
  file("f", "abc");
  OK(symlink("f", "l"));
  OK(link("l", "m"));
  IS(type_of("m"), "symlink");
  IS(links_of("l"), 2);
  IS(links_of("f"), 1);
}

CASE(link, with_AT_SYMLINK_FOLLOW_links_the_target) {
  file("f", "abc");
  OK(symlink("f", "l"));
  OK(linkat(AT_FDCWD, "l", AT_FDCWD, "m", AT_SYMLINK_FOLLOW));
  IS(type_of("m"), "file");
  IS(links_of("f"), 2);
}

CASE(link, of_special_files) {
  OK(mkfifo("p", 0644));
  OK(mknod("s", S_IFSOCK | 0644, 0));
  OK(mknod("c", S_IFCHR | 0644, 0x103));
  OK(link("p", "p2"));
  OK(link("s", "s2"));
  OK(link("c", "c2"));
  HOLDS(same_file("p", "p2"));
  IS(links_of("s"), 2);
  IS(type_of("c2"), "char");
}

CASE(link, with_a_trailing_slash_is_refused) {
  file("f");
  FAILS(ENOTDIR, link("f/", "g"));
  FAILS(ENOENT, link("f", "g/"));
}

CASE(link, needs_write_permission_on_the_directory_only) {
  file("f", "abc", 0666);
  own("f", kAlice.uid, kAlice.gid);
  directory("d", 0755);
  directory("e", 0777);
  as(kAlice, [] {
    FAILS(EACCES, link("f", "d/g"));
    OK(link("f", "e/g"));
  });
}

CASE(link, with_unknown_flags_is_EINVAL) {
  file("f");
  FAILS(EINVAL, linkat(AT_FDCWD, "f", AT_FDCWD, "g", 0x1));
}

CASE(link, is_relative_to_its_directories) {
  directory("a");
  directory("b");
  file("a/f");
  const int a = OK(open("a", O_RDONLY));
  const int b = OK(open("b", O_RDONLY));
  OK(linkat(a, "f", b, "g", 0));
  HOLDS(same_file("a/f", "b/g"));
  FAILS(EBADF, linkat(77, "f", b, "h", 0));
}

CASE(link, two_hundred_names_count) {
  file("f");
  for (int i = 0; i < 200; ++i) {
    if (link("f", ("g" + std::to_string(i)).c_str()) != 0) abandon("link");
  }
  IS(links_of("f"), 201);
  for (int i = 0; i < 200; i += 2) {
    if (unlink(("g" + std::to_string(i)).c_str()) != 0) abandon("unlink");
  }
  IS(links_of("g1"), 101);
}

CASE(unlink, removes_the_name) {
  file("f");
  OK(unlink("f"));
  HOLDS(!exists("f"));
  FAILS(ENOENT, unlink("f"));
  IS(names_in("."), "");
}

CASE(unlink, of_one_name_keeps_the_other) {
  file("f", "abc");
  OK(link("f", "g"));
  OK(unlink("f"));
  IS(links_of("g"), 1);
  IS(content("g"), "abc");
}

CASE(unlink, of_a_missing_name_is_ENOENT) {
  FAILS(ENOENT, unlink("f"));
  FAILS(ENOENT, unlink(""));
  FAILS(ENOENT, unlink("d/f"));
}

CASE(unlink, of_a_directory_is_EISDIR) {
  directory("d");
  FAILS(EISDIR, unlink("d"));
  FAILS(EISDIR, unlink("d/"));
  as(kAlice, [] { FAILS(EISDIR, unlink("d")); });
}

CASE(unlink, of_dot_and_dotdot_is_EISDIR) {
  FAILS(EISDIR, unlink("."));
  FAILS(EISDIR, unlink(".."));
  ANSWER(unlinkat(AT_FDCWD, ".", AT_REMOVEDIR));
}

CASE(unlink, of_a_file_with_a_trailing_slash_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, unlink("f/"));
  HOLDS(exists("f"));
}

CASE(unlink, of_a_symlink_keeps_its_target) {
  file("f", "abc");
  OK(symlink("f", "l"));
  OK(unlink("l"));
  HOLDS(!exists("l"));
  IS(content("f"), "abc");
}

CASE(unlink, of_a_symlink_to_a_directory_with_a_trailing_slash_is_ENOTDIR) {
  directory("d");
  OK(symlink("d", "l"));
  FAILS(ENOTDIR, unlink("l/"));
  HOLDS(exists("l"));
}

CASE(unlink, of_special_files) {
  OK(mkfifo("p", 0644));
  OK(mknod("s", S_IFSOCK | 0644, 0));
  OK(mknod("b", S_IFBLK | 0644, 0x100));
  OK(unlink("p"));
  OK(unlink("s"));
  OK(unlink("b"));
  IS(names_in("."), "");
}

CASE(unlink, needs_write_permission_on_the_directory_not_on_the_file) {
  directory("closed", 0755);
  directory("open", 0777);
  file("closed/f", "", 0666);
  file("open/f", "", 0000);
  as(kAlice, [] {
    FAILS(EACCES, unlink("closed/f"));
    OK(unlink("open/f"));
  });
}

CASE(unlink, the_name_can_be_made_again_at_once) {
  file("f", "abc");
  const auto old = info("f").st_ino;
  const int fd = OK(open("f", O_RDONLY));
  OK(unlink("f"));
  file("f", "new");
  IS(content(fd), "abc");
  IS(content("f"), "new");
  HOLDS(info("f").st_ino != old);
}

CASE(unlinkat, removes_relative_to_its_directory) {
  directory("d");
  file("d/f");
  directory("d/e");
  const int dir = OK(open("d", O_RDONLY));
  OK(unlinkat(dir, "f", 0));
  FAILS(EISDIR, unlinkat(dir, "e", 0));
  OK(unlinkat(dir, "e", AT_REMOVEDIR));
  IS(names_in("d"), "");
}

CASE(unlinkat, AT_REMOVEDIR_of_a_file_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
}

CASE(unlinkat, with_unknown_flags_is_EINVAL) {
  file("f");
  FAILS(EINVAL, unlinkat(AT_FDCWD, "f", 1));
}

CASE(unlinked, a_file_has_no_links_and_keeps_its_content) {
  const int fd = nameless("abc");
  IS(info(fd).st_nlink, 0);
  IS(info(fd).st_size, 3);
  IS(content(fd), "abc");
}

CASE(unlinked, a_file_can_be_written) {
  const int fd = nameless("abc");
  write_at(fd, pattern(3 * kMiB), 1);
  IS(info(fd).st_size, 3 * kMiB + 1);
  HOLDS(content(fd) == "a" + pattern(3 * kMiB));
}

CASE(unlinked, an_empty_file_can_be_written) {
  const int fd = nameless("");
  IS(write(fd, "abc", 3), 3);
  IS(content(fd), "abc");
}

CASE(unlinked, a_file_takes_attributes) {
  const int fd = nameless("abc");
  OK(fchmod(fd, 0600));
  OK(fchown(fd, 1, 2));
  const timespec times[2] = {{100, 5}, {200, 6}};
  OK(futimens(fd, times));
  IS(info(fd).st_mode & 07777, 0600U);
  IS(info(fd).st_uid, 1);
  IS(info(fd).st_mtim.tv_sec, 200);
}

CASE(unlinked, a_file_can_be_opened_again_through_proc) {
  const int fd = nameless("abc");
  const int again = OK(open(proc_path(fd).c_str(), O_RDWR));
  OK(close(fd));
  IS(write(again, "X", 1), 1);
  IS(content(again), "Xbc");
}

CASE(unlinked, a_file_cannot_be_given_a_name_again) {
  const int fd = nameless("abc");
  FAILS(ENOENT, linkat(fd, "", AT_FDCWD, "g", AT_EMPTY_PATH));
  FAILS(ENOENT, linkat(AT_FDCWD, proc_path(fd).c_str(), AT_FDCWD, "g", AT_SYMLINK_FOLLOW));
  HOLDS(!exists("g"));
}

CASE(unlinked, a_file_lives_until_the_last_handle_closes) {
  const int a = nameless("abc");
  const int b = OK(dup(a));
  const int c = OK(open(proc_path(a).c_str(), O_RDONLY));
  OK(close(a));
  IS(content(b), "abc");
  OK(close(b));
  IS(content(c), "abc");
}

CASE(unlinked, a_file_is_kept_by_another_process) {
  file("f", "abc");
  const Gate opened;
  const Gate removed;
  const pid_t pid = start([&] {
    const int fd = OK(open("f", O_RDONLY));
    opened.open();
    removed.pass();
    IS(content(fd), "abc");
    IS(info(fd).st_nlink, 0);
  });
  opened.pass();
  OK(unlink("f"));
  removed.open();
  finish(pid);
}

CASE(unlinked, a_file_replaced_by_rename_keeps_its_content) {
  file("f", "old");
  file("g", "new");
  const int fd = OK(open("f", O_RDONLY));
  OK(rename("g", "f"));
  IS(content(fd), "old");
  IS(info(fd).st_nlink, 0);
  IS(content("f"), "new");
}

CASE(unlinked, ctime_changes_on_the_remaining_handle) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  IS(times_changed_by(fd, [] { OK(unlink("f")); }), "ctime");
}

CASE(unlinked, a_directory_that_is_open_is_empty_and_without_links) {
  directory("d");
  const int fd = OK(open("d", O_RDONLY));
  OK(rmdir("d"));
  IS(info(fd).st_nlink, 0);
  FAILS(ENOENT, mkdirat(fd, "e", 0755));
  FAILS(ENOENT, symlinkat("x", fd, "l"));
  FAILS(ENOENT, mknodat(fd, "p", S_IFIFO | 0644, 0));
}

CASE(unlinked, the_working_directory_can_be_removed) {
  directory("d");
  OK(chdir("d"));
  OK(rmdir("../d"));
  FAILS(ENOENT, open("f", O_RDWR | O_CREAT, 0644));
  FAILS(ENOENT, open("../d", O_RDONLY));
  char path[4096];
  IS(getcwd(path, sizeof path) == nullptr, true);
}

}  // namespace
}  // namespace sheen::posix
