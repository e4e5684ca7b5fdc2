// SPDX-License-Identifier: Apache-2.0
// Times: which call changes which, relatime, and setting them.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

constexpr timespec kNow{0, UTIME_NOW};
constexpr timespec kOmit{0, UTIME_OMIT};

int set(const char* path, timespec atime, timespec mtime, int flags = 0) {
  const timespec times[2] = {atime, mtime};
  return utimensat(AT_FDCWD, path, times, flags);
}

std::string time_text(const timespec& time) {
  char text[48];
  std::snprintf(text, sizeof text, "%lld.%09ld", static_cast<long long>(time.tv_sec), time.tv_nsec);
  return text;
}

bool recent(const timespec& time) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return time.tv_sec >= now.tv_sec - 60 && time.tv_sec <= now.tv_sec + 1;
}

// What each call changes on the file and on the directory that holds it.
CASE(times, creating_changes_the_parent) {
  directory("d");
  IS(times_changed_by("d", [] { file("d/f"); }), "mtime ctime");
  IS(times_changed_by("d", [] { OK(mkdir("d/e", 0755)); }), "mtime ctime");
  IS(times_changed_by("d", [] { OK(symlink("x", "d/l")); }), "mtime ctime");
  IS(times_changed_by("d", [] { OK(mkfifo("d/p", 0644)); }), "mtime ctime");
}

CASE(times, opening_an_existing_file_with_O_CREAT_keeps_the_parent) {
  directory("d");
  file("d/f");
  IS(times_changed_by("d", [] { OK(open("d/f", O_RDWR | O_CREAT, 0644)); }), "none");
}

CASE(times, a_failed_creation_keeps_the_parent) {
  directory("d");
  file("d/f");
  IS(times_changed_by("d", [] { FAILS(EEXIST, mkdir("d/f", 0755)); }), "none");
  IS(times_changed_by("d", [] { FAILS(ENOENT, unlink("d/x")); }), "none");
  IS(times_changed_by("d", [] { FAILS(ENOTDIR, rmdir("d/f")); }), "none");
}

CASE(times, link_changes_ctime_and_the_parent) {
  file("f");
  directory("d");
  IS(times_changed_by("f", [] { OK(link("f", "d/a")); }), "ctime");
  IS(times_changed_by("d", [] { OK(link("f", "d/b")); }), "mtime ctime");
}

CASE(times, unlink_changes_ctime_and_the_parent) {
  directory("d");
  file("d/a");
  OK(link("d/a", "f"));
  OK(link("d/a", "d/b"));
  IS(times_changed_by("f", [] { OK(unlink("d/a")); }), "ctime");
  IS(times_changed_by("d", [] { OK(unlink("d/b")); }), "mtime ctime");
}

CASE(times, rmdir_changes_the_parent) {
  directory("d");
  directory("d/e");
  IS(times_changed_by("d", [] { OK(rmdir("d/e")); }), "mtime ctime");
}

CASE(times, rename_changes_both_parents) {
  directory("a");
  directory("b");
  file("a/f");
  file("a/g");
  IS(times_changed_by("a", [] { OK(rename("a/f", "b/f")); }), "mtime ctime");
  IS(times_changed_by("b", [] { OK(rename("a/g", "b/g")); }), "mtime ctime");
  IS(times_changed_by("b", [] { OK(rename("b/g", "b/h")); }), "mtime ctime");
}

CASE(times, rename_changes_ctime_of_the_replaced_file) {
  file("f");
  file("g");
  OK(link("g", "other"));
  IS(times_changed_by("other", [] { OK(rename("f", "g")); }), "ctime");
}

CASE(times, rename_onto_itself_changes_nothing) {
  directory("d");
  file("d/f");
  IS(times_changed_by("d", [] { OK(rename("d/f", "d/f")); }), "none");
  IS(times_changed_by("d/f", [] { OK(rename("d/f", "d/f")); }), "none");
}

CASE(times, RENAME_EXCHANGE_changes_both_parents_and_both_ctimes) {
  directory("a");
  directory("b");
  file("a/f");
  file("b/g");
  OK(link("a/f", "f"));
  OK(link("b/g", "g"));
  const auto swap = [] { OK(renameat2(AT_FDCWD, "a/f", AT_FDCWD, "b/g", RENAME_EXCHANGE)); };
  IS(times_changed_by("a", swap), "mtime ctime");
  IS(times_changed_by("b", swap), "mtime ctime");
  IS(times_changed_by("f", swap), "ctime");
  IS(times_changed_by("g", swap), "ctime");
}

CASE(times, write_changes_mtime_and_ctime) {
  file("f", "abc");
  const int fd = OK(open("f", O_WRONLY));
  IS(times_changed_by("f", [&] { IS(pwrite(fd, "x", 1, 0), 1); }), "mtime ctime");
  IS(times_changed_by(fd, [&] { IS(pwrite(fd, "x", 1, 5), 1); }), "mtime ctime");
}

CASE(times, write_changes_times_on_the_open_handle_too) {
  file("f", "abc");
  const int reader = OK(open("f", O_RDONLY));
  const int writer = OK(open("f", O_WRONLY));
  IS(times_changed_by(reader, [&] { IS(pwrite(writer, "x", 1, 0), 1); }), "mtime ctime");
}

CASE(times, a_later_write_through_the_same_handle_changes_them_again) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  for (int i = 0; i < 3; ++i) {
    IS(times_changed_by("f", [&] { IS(write(fd, "x", 1), 1); }), "mtime ctime");
  }
}

CASE(times, close_changes_nothing) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  IS(write(fd, "abc", 3), 3);
  IS(times_changed_by("f", [&] { OK(close(fd)); }), "none");
}

CASE(times, are_kept_long_after_close) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  write_at(fd, pattern(3 * kMiB), 0);
  OK(close(fd));
  IS(times_changed_by("f", [] { pause_ms(300); }), "none");
}

CASE(times, opening_changes_nothing) {
  file("f", "abc");
  IS(times_changed_by("f", [] { OK(open("f", O_RDWR)); }), "none");
  IS(times_changed_by("f", [] { OK(open("f", O_RDONLY)); }), "none");
}

CASE(times, truncate_changes_mtime_and_ctime) {
  file("f", "abcdef");
  IS(times_changed_by("f", [] { OK(truncate("f", 3)); }), "mtime ctime");
  IS(times_changed_by("f", [] { OK(truncate("f", 1000)); }), "mtime ctime");
}

CASE(times, truncate_to_the_same_size_changes_them_on_Linux) {
  file("f", "abc");
  SEE(times_changed_by("f", [] { OK(truncate("f", 3)); }));
  const int fd = OK(open("f", O_RDWR));
  SEE(times_changed_by("f", [&] { OK(ftruncate(fd, 3)); }));
}

CASE(times, ftruncate_changes_mtime_and_ctime) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDWR));
  IS(times_changed_by("f", [&] { OK(ftruncate(fd, 2)); }), "mtime ctime");
}

CASE(times, O_TRUNC_changes_mtime_and_ctime_even_of_an_empty_file) {
  file("f", "abc");
  IS(times_changed_by("f", [] { OK(open("f", O_WRONLY | O_TRUNC)); }), "mtime ctime");
  IS(times_changed_by("f", [] { OK(open("f", O_WRONLY | O_TRUNC)); }), "mtime ctime");
}

CASE(times, chmod_changes_ctime) {
  file("f");
  directory("d");
  IS(times_changed_by("f", [] { OK(chmod("f", 0600)); }), "ctime");
  IS(times_changed_by("f", [] { OK(chmod("f", 0600)); }), "ctime");
  IS(times_changed_by("d", [] { OK(chmod("d", 0700)); }), "ctime");
}

CASE(times, chown_changes_ctime) {
  file("f");
  OK(symlink("x", "l"));
  IS(times_changed_by("f", [] { OK(chown("f", 5, 6)); }), "ctime");
  IS(times_changed_by("l", [] { OK(lchown("l", 5, 6)); }), "ctime");
}

CASE(times, chown_of_nothing) {
  file("f");
  SEE(times_changed_by("f",
                       [] { OK(chown("f", static_cast<uid_t>(-1), static_cast<gid_t>(-1))); }));
}

CASE(times, a_refused_change_keeps_them) {
  file("f", "abc", 0644);
  IS(times_changed_by("f",
                      [] {
                        as(kAlice, [] {
                          FAILS(EPERM, chmod("f", 0777));
                          FAILS(EPERM, chown("f", 2001, 2001));
                          FAILS(EACCES, truncate("f", 0));
                        });
                      }),
     "none");
}

CASE(times, setxattr_and_removexattr_change_ctime) {
  file("f");
  IS(times_changed_by("f", [] { OK(setxattr("f", "user.a", "1", 1, 0)); }), "ctime");
  IS(times_changed_by("f", [] { OK(removexattr("f", "user.a")); }), "ctime");
}

CASE(times, looking_changes_nothing) {
  file("f", "abc");
  directory("d");
  OK(symlink("f", "l"));
  char bytes[100];
  IS(times_changed_by("f",
                      [&] {
                        OK(access("f", R_OK));
                        info("f");
                        FAILS(ENODATA, getxattr("f", "user.x", bytes, sizeof bytes));
                        OK(listxattr("f", bytes, sizeof bytes));
                      }),
     "none");
  IS(times_changed_by("d", [] { FAILS(ENOENT, access("d/x", F_OK)); }), "none");
}

CASE(times, changing_a_file_keeps_its_directory) {
  directory("d");
  file("d/f", "abc");
  IS(times_changed_by("d",
                      [] {
                        file("d/f", "def");
                        OK(chmod("d/f", 0600));
                        OK(truncate("d/f", 0));
                      }),
     "none");
}

CASE(times, changing_a_subdirectory_keeps_its_parent) {
  directory("d");
  directory("d/e");
  IS(times_changed_by("d", [] { file("d/e/f"); }), "none");
  IS(times_changed_by("d", [] { OK(chmod("d/e", 0700)); }), "none");
}

CASE(times, writing_a_fifo_changes_mtime_and_ctime) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  SEE(times_changed_by("p", [&] { IS(write(fd, "x", 1), 1); }));
}

// relatime: atime is renewed by a read only if it is not later than mtime and ctime, or a day old.
CASE(relatime, the_first_read_after_a_change_renews_atime) {
  file("f", "abc");
  set_times("f", 1000, 2000);
  IS(times_changed_by("f", [] { content("f"); }), "atime");
}

CASE(relatime, a_second_read_keeps_atime) {
  file("f", "abc");
  set_times("f", 1000, 2000);
  tick();
  content("f");
  IS(times_changed_by("f", [] { content("f"); }), "none");
}

CASE(relatime, a_read_after_another_write_renews_atime) {
  file("f", "abc");
  tick();
  content("f");
  tick();
  file("f", "def");
  IS(times_changed_by("f", [] { content("f"); }), "atime");
}

CASE(relatime, a_read_through_a_handle_opened_before_the_write_renews_atime) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  tick();
  SEE(read_at(fd, 3, 0));
  tick();
  file("f", "def");
  IS(times_changed_by("f", [&] { SEE(read_at(fd, 3, 0)); }), "atime");
}

CASE(relatime, a_read_after_chmod_renews_atime) {
  file("f", "abc");
  tick();
  content("f");
  tick();
  OK(chmod("f", 0600));
  IS(times_changed_by("f", [] { content("f"); }), "atime");
}

CASE(relatime, an_atime_older_than_a_day_is_renewed) {
  file("f", "abc");
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  set_times("f", now.tv_sec - 2 * 86400, now.tv_sec - 4 * 86400);
  IS(times_changed_by("f", [] { content("f"); }), "atime");
}

CASE(relatime, an_atime_in_the_future_is_kept) {
  file("f", "abc");
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  set_times("f", now.tv_sec + 1000, now.tv_sec - 1000);
  IS(times_changed_by("f", [] { content("f"); }), "none");
}

CASE(relatime, a_read_of_nothing_at_the_end) {
  file("f", "");
  set_times("f", 1000, 2000);
  SEE(times_changed_by("f", [] { content("f"); }));
}

CASE(relatime, a_read_of_size_0_keeps_atime) {
  file("f", "abc");
  set_times("f", 1000, 2000);
  const int fd = OK(open("f", O_RDONLY));
  char byte = 0;
  IS(times_changed_by("f", [&] { IS(read(fd, &byte, 0), 0); }), "none");
}

CASE(relatime, readdir_renews_atime_of_the_directory) {
  directory("d");
  file("d/f");
  set_times("d", 1000, 2000);
  IS(times_changed_by("d", [] { list("d"); }), "atime");
  IS(times_changed_by("d", [] { list("d"); }), "none");
}

CASE(relatime, readlink_renews_atime_of_the_symlink) {
  OK(symlink("x", "l"));
  set_times("l", 1000, 2000);
  IS(times_changed_by("l", [] { target_of("l"); }), "atime");
}

CASE(relatime, writing_keeps_atime) {
  file("f", "abc");
  set_times("f", 1000, 2000);
  file("f", "def");
  IS(info("f").st_atim.tv_sec, 1000);
}

CASE(relatime, lookups_through_a_directory_keep_its_atime) {
  directory("d");
  file("d/f", "abc");
  set_times("d", 1000, 2000);
  IS(times_changed_by("d", [] { content("d/f"); }), "none");
}

CASE(utimens, sets_nanoseconds_exactly) {
  file("f");
  OK(set("f", {1234567890, 123456789}, {1500000000, 999999999}));
  IS(time_text(info("f").st_atim), "1234567890.123456789");
  IS(time_text(info("f").st_mtim), "1500000000.999999999");
}

CASE(utimens, changes_ctime) {
  file("f");
  SEE(times_changed_by("f", [] { OK(set("f", kOmit, {5, 0})); }));
  HOLDS(recent(info("f").st_ctim));
}

CASE(utimens, UTIME_NOW_is_now) {
  file("f");
  set_times("f", 1000, 1000);
  OK(set("f", kNow, kNow));
  HOLDS(recent(info("f").st_atim));
  HOLDS(recent(info("f").st_mtim));
}

CASE(utimens, UTIME_OMIT_keeps_one) {
  file("f");
  set_times("f", 1000, 2000);
  OK(set("f", kOmit, {3000, 1}));
  IS(time_text(info("f").st_atim), "1000.000000000");
  IS(time_text(info("f").st_mtim), "3000.000000001");
  OK(set("f", {4000, 2}, kOmit));
  IS(time_text(info("f").st_atim), "4000.000000002");
  IS(time_text(info("f").st_mtim), "3000.000000001");
}

CASE(utimens, UTIME_OMIT_of_both_changes_nothing) {
  file("f");
  IS(times_changed_by("f", [] { OK(set("f", kOmit, kOmit)); }), "none");
}

CASE(utimens, without_times_is_now) {
  file("f");
  set_times("f", 1000, 1000);
  OK(utimensat(AT_FDCWD, "f", nullptr, 0));
  HOLDS(recent(info("f").st_atim) && recent(info("f").st_mtim));
}

CASE(utimens, before_1970) {
  file("f");
  OK(set("f", {-1, 500000000}, {-86400, 0}));
  IS(time_text(info("f").st_atim), "-1.500000000");
  IS(time_text(info("f").st_mtim), "-86400.000000000");
}

CASE(utimens, after_2038) {
  file("f");
  OK(set("f", {4102444800, 1}, {8000000000, 2}));
  IS(time_text(info("f").st_atim), "4102444800.000000001");
  IS(time_text(info("f").st_mtim), "8000000000.000000002");
}

CASE(utimens, with_bad_nanoseconds_is_EINVAL) {
  file("f");
  FAILS(EINVAL, set("f", {1, 1000000000}, {1, 0}));
  FAILS(EINVAL, set("f", {1, 0}, {1, -1}));
}

CASE(utimens, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, set("f", kNow, kNow));
  OK(symlink("x", "l"));
  FAILS(ENOENT, set("l", kNow, kNow));
  OK(set("l", {1, 0}, {2, 0}, AT_SYMLINK_NOFOLLOW));
}

CASE(utimens, to_now_needs_write_permission_or_ownership) {
  file("f", "", 0666);
  file("g", "", 0444);
  file("h", "", 0000);
  own("h", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    OK(set("f", kNow, kNow));
    FAILS(EACCES, set("g", kNow, kNow));
    OK(set("h", kNow, kNow));
  });
}

CASE(utimens, to_a_given_time_needs_ownership) {
  file("f", "", 0666);
  file("h", "", 0000);
  own("h", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    FAILS(EPERM, set("f", {1, 0}, {2, 0}));
    FAILS(EPERM, set("f", kNow, kOmit));
    FAILS(EPERM, set("f", kOmit, {2, 0}));
    OK(set("f", kOmit, kOmit));
    OK(set("h", {1, 0}, {2, 0}));
  });
}

CASE(utimens, futimens_works_on_a_read_only_handle) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  const timespec times[2] = {{100, 1}, {200, 2}};
  OK(futimens(fd, times));
  IS(time_text(info("f").st_mtim), "200.000000002");
}

CASE(utimens, futimens_after_write_survives_close) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  write_at(fd, pattern(2 * kMiB), 0);
  const timespec times[2] = {{100, 1}, {200, 2}};
  OK(futimens(fd, times));
  IS(time_text(info(fd).st_mtim), "200.000000002");
  OK(close(fd));
  pause_ms(50);
  IS(time_text(info("f").st_mtim), "200.000000002");
  IS(time_text(info("f").st_atim), "100.000000001");
  IS(size_of("f"), 2 * kMiB);
}

CASE(utimens, a_write_after_futimens_renews_mtime) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  const timespec times[2] = {{100, 1}, {200, 2}};
  OK(futimens(fd, times));
  IS(write(fd, "x", 1), 1);
  HOLDS(recent(info("f").st_mtim));
  OK(close(fd));
  HOLDS(recent(info("f").st_mtim));
}

CASE(utimens, through_the_path_while_another_handle_writes) {
  const int fd = OK(open("f", O_WRONLY | O_CREAT, 0644));
  IS(write(fd, "abc", 3), 3);
  OK(set("f", {100, 1}, {200, 2}));
  IS(time_text(info(fd).st_mtim), "200.000000002");
  OK(close(fd));
  IS(time_text(info("f").st_mtim), "200.000000002");
}

CASE(utimens, survives_reads_and_a_read_write_open) {
  file("f", "abc");
  set_times("f", 3000000000, 200);
  const int fd = OK(open("f", O_RDWR));
  SEE(read_at(fd, 3, 0));
  OK(close(fd));
  IS(time_text(info("f").st_mtim), "200.000000000");
  IS(time_text(info("f").st_atim), "3000000000.000000000");
}

CASE(utimens, of_directories_and_special_files) {
  directory("d");
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0644, 0x103));
  for (const char* path : {"d", "p", "c"}) {
    OK(set(path, {100, 1}, {200, 2}));
    IS(time_text(info(path).st_mtim), "200.000000002");
  }
}

CASE(utimens, utimes_sets_microseconds) {
  file("f");
  const timeval times[2] = {{100, 123456}, {200, 654321}};
  OK(utimes("f", times));
  IS(time_text(info("f").st_atim), "100.123456000");
  IS(time_text(info("f").st_mtim), "200.654321000");
}

CASE(utimens, of_a_bad_descriptor_is_EBADF) { FAILS(EBADF, futimens(77, nullptr)); }

}  // namespace
}  // namespace sheen::posix
