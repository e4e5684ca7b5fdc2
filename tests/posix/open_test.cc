// SPDX-License-Identifier: Apache-2.0
// open, openat, creat, openat2, close: every flag and errno.

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int open_flags(int fd) { return fcntl(fd, F_GETFL); }

long open2(const char* path, uint64_t flags, uint64_t resolve) {
  open_how how{};
  how.flags = flags;
  how.resolve = resolve;
  return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

// A buffer as O_DIRECT wants it.
char* aligned_block(size_t size) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 4096, size) != 0) abandon("posix_memalign");
  return static_cast<char*>(memory);
}

CASE(open, O_CREAT_makes_an_empty_file_with_the_mode) {
  OK(open("f", O_RDWR | O_CREAT, 0640));
  IS(mode_of("f"), "0640");
  IS(size_of("f"), 0);
  IS(type_of("f"), "file");
  IS(links_of("f"), 1);
}

CASE(open, without_O_CREAT_a_missing_file_is_ENOENT) { FAILS(ENOENT, open("f", O_RDWR)); }

CASE(open, the_empty_path_is_ENOENT) {
  FAILS(ENOENT, open("", O_RDONLY));
  FAILS(ENOENT, open("", O_RDWR | O_CREAT, 0644));
}

CASE(open, O_CREAT_in_a_missing_directory_is_ENOENT) {
  FAILS(ENOENT, open("d/f", O_RDWR | O_CREAT, 0644));
}

CASE(open, O_CREAT_of_an_existing_file_keeps_content_mode_and_owner) {
  file("f", "abc", 0604);
  own("f", kAlice.uid, kBob.gid);
  OK(open("f", O_RDWR | O_CREAT, 0777));
  IS(content("f"), "abc");
  IS(mode_of("f"), "0604");
  IS(owner_of("f"), "2001:2002");
}

CASE(open, O_EXCL_of_an_existing_file_is_EEXIST) {
  file("f", "abc");
  FAILS(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL, 0644));
  FAILS(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0644));
  IS(content("f"), "abc");
}

CASE(open, O_EXCL_of_a_new_file_creates_it) {
  OK(open("f", O_RDWR | O_CREAT | O_EXCL, 0644));
  HOLDS(exists("f"));
}

CASE(open, O_EXCL_of_a_directory_is_EEXIST) {
  directory("d");
  FAILS(EEXIST, open("d", O_RDWR | O_CREAT | O_EXCL, 0644));
}

CASE(open, O_EXCL_of_a_fifo_is_EEXIST) {
  OK(mkfifo("p", 0644));
  FAILS(EEXIST, open("p", O_RDWR | O_CREAT | O_EXCL, 0644));
}

CASE(open, O_EXCL_does_not_follow_a_dangling_symlink) {
  OK(symlink("target", "l"));
  FAILS(EEXIST, open("l", O_RDWR | O_CREAT | O_EXCL, 0644));
  HOLDS(!exists("target"));
}

CASE(open, O_EXCL_does_not_follow_a_symlink_to_a_file) {
  file("target");
  OK(symlink("target", "l"));
  FAILS(EEXIST, open("l", O_RDWR | O_CREAT | O_EXCL, 0644));
}

CASE(open, O_CREAT_through_a_dangling_symlink_makes_its_target) {
  directory("d");
  OK(symlink("d/target", "l"));
  OK(open("l", O_RDWR | O_CREAT, 0600));
  IS(type_of("l"), "symlink");
  IS(type_of("d/target"), "file");
  IS(mode_of("d/target"), "0600");
}

CASE(open, O_CREAT_through_a_symlink_into_a_missing_directory_is_ENOENT) {
  OK(symlink("missing/target", "l"));
  FAILS(ENOENT, open("l", O_RDWR | O_CREAT, 0644));
}

CASE(open, a_dangling_symlink_without_O_CREAT_is_ENOENT) {
  OK(symlink("target", "l"));
  FAILS(ENOENT, open("l", O_RDONLY));
}

CASE(open, O_TRUNC_empties_the_file) {
  file("f", "abc");
  OK(open("f", O_WRONLY | O_TRUNC));
  IS(size_of("f"), 0);
}

CASE(open, O_TRUNC_empties_a_large_file_and_frees_its_blocks) {
  file("f", pattern(5 * kMiB));
  OK(open("f", O_RDWR | O_TRUNC));
  IS(size_of("f"), 0);
  IS(info("f").st_blocks, 0);
}

CASE(open, O_TRUNC_with_O_RDONLY_truncates_on_Linux) {
  file("f", "abc");
  ANSWER(open("f", O_RDONLY | O_TRUNC));
  SEE(size_of("f"));
}

CASE(open, O_TRUNC_without_write_permission_is_EACCES_and_keeps_the_content) {
  file("f", "abc", 0444);
  as(kAlice, [] {
    FAILS(EACCES, open("f", O_WRONLY | O_TRUNC));
    FAILS(EACCES, open("f", O_RDONLY | O_TRUNC));
  });
  IS(content("f"), "abc");
}

CASE(open, O_TRUNC_of_another_handle_is_seen_at_once) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDWR));
  OK(open("f", O_WRONLY | O_TRUNC));
  IS(content(fd), "");
  IS(info(fd).st_size, 0);
}

CASE(open, O_TRUNC_of_a_fifo_is_harmless) {
  OK(mkfifo("p", 0644));
  OK(open("p", O_RDWR | O_TRUNC));
  IS(type_of("p"), "fifo");
}

CASE(open, O_APPEND_writes_at_the_end_wherever_the_offset_is) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDWR | O_APPEND));
  IS(lseek(fd, 0, SEEK_CUR), 0);
  IS(write(fd, "de", 2), 2);
  IS(lseek(fd, 0, SEEK_CUR), 5);
  OK(lseek(fd, 1, SEEK_SET));
  IS(write(fd, "f", 1), 1);
  IS(content("f"), "abcdef");
}

CASE(open, O_APPEND_sees_the_end_that_others_moved) {
  const int a = OK(open("f", O_WRONLY | O_CREAT | O_APPEND, 0644));
  const int b = OK(open("f", O_WRONLY | O_APPEND));
  IS(write(a, "1", 1), 1);
  IS(write(b, "2", 1), 1);
  IS(write(a, "3", 1), 1);
  IS(content("f"), "123");
}

CASE(open, O_APPEND_can_be_switched_by_fcntl) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDWR));
  OK(fcntl(fd, F_SETFL, O_APPEND));
  HOLDS((open_flags(fd) & O_APPEND) != 0);
  IS(write(fd, "d", 1), 1);
  OK(fcntl(fd, F_SETFL, 0));
  OK(lseek(fd, 0, SEEK_SET));
  IS(write(fd, "A", 1), 1);
  IS(content("f"), "Abcd");
}

CASE(open, O_DIRECTORY_opens_a_directory) {
  directory("d");
  const int fd = OK(open("d", O_RDONLY | O_DIRECTORY));
  IS(type_of(info(fd).st_mode), "directory");
}

CASE(open, O_DIRECTORY_of_a_file_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
}

CASE(open, O_DIRECTORY_follows_a_symlink_to_a_directory) {
  directory("d");
  OK(symlink("d", "l"));
  OK(open("l", O_RDONLY | O_DIRECTORY));
}

CASE(open, O_DIRECTORY_of_a_missing_name_is_ENOENT) {
  FAILS(ENOENT, open("d", O_RDONLY | O_DIRECTORY));
}

CASE(open, O_DIRECTORY_with_O_CREAT_makes_no_directory) {
  ANSWER(open("d", O_RDONLY | O_DIRECTORY | O_CREAT, 0755));
  SEE(type_of("d"));
}

CASE(open, O_NOFOLLOW_of_a_symlink_is_ELOOP) {
  file("f");
  OK(symlink("f", "l"));
  FAILS(ELOOP, open("l", O_RDONLY | O_NOFOLLOW));
  OK(open("f", O_RDONLY | O_NOFOLLOW));
}

CASE(open, O_NOFOLLOW_with_O_CREAT_of_a_dangling_symlink_is_ELOOP) {
  OK(symlink("target", "l"));
  FAILS(ELOOP, open("l", O_RDWR | O_CREAT | O_NOFOLLOW, 0644));
  HOLDS(!exists("target"));
}

CASE(open, O_NOFOLLOW_follows_symlinks_before_the_last_component) {
  directory("d");
  file("d/f");
  OK(symlink("d", "l"));
  OK(open("l/f", O_RDONLY | O_NOFOLLOW));
}

CASE(open, O_NOFOLLOW_with_O_DIRECTORY_of_a_symlink_to_a_directory_is_ENOTDIR) {
  directory("d");
  OK(symlink("d", "l"));
  FAILS(ENOTDIR, open("l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
}

CASE(open, O_PATH_with_O_NOFOLLOW_opens_the_symlink_itself) {
  OK(symlink("target", "l"));
  const int fd = OK(open("l", O_PATH | O_NOFOLLOW));
  IS(type_of(info(fd).st_mode), "symlink");
  char target[16];
  IS(readlinkat(fd, "", target, sizeof target), 6);
}

CASE(open, O_PATH_needs_no_permission_on_the_file_and_does_no_io) {
  file("f", "abc", 0000);
  as(kAlice, [] {
    const int fd = OK(open("f", O_PATH));
    char byte = 0;
    FAILS(EBADF, read(fd, &byte, 1));
    FAILS(EBADF, write(fd, "x", 1));
    FAILS(EBADF, ftruncate(fd, 0));
    FAILS(EBADF, fchmod(fd, 0777));
    FAILS(EBADF, fchown(fd, 1, 1));
    IS(info(fd).st_size, 3);
  });
}

CASE(open, O_PATH_of_a_directory_serves_openat_and_fchdir) {
  directory("d");
  file("d/f", "abc");
  const int fd = OK(open("d", O_PATH));
  const int opened = OK(openat(fd, "f", O_RDONLY));
  IS(content(opened), "abc");
  OK(fchdir(fd));
  HOLDS(exists("f"));
}

CASE(open, O_PATH_can_be_reopened_through_proc) {
  file("f", "abc");
  const int fd = OK(open("f", O_PATH));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  IS(content(path), "abc");
}

CASE(open, O_NOATIME_does_not_change_atime) {
  file("f", "abc");
  set_times("f", 1000, 1000);
  const int fd = OK(open("f", O_RDONLY | O_NOATIME));
  IS(times_changed_by("f", [&] { SEE(read_next(fd, 3)); }), "none");
}

CASE(open, O_NOATIME_by_another_user_is_EPERM) {
  file("f", "abc", 0666);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { OK(open("f", O_RDONLY | O_NOATIME)); });
  as(kBob, [] { FAILS(EPERM, open("f", O_RDONLY | O_NOATIME)); });
}

CASE(open, O_TMPFILE_makes_a_file_without_a_name) {
  const int fd = OK(open(".", O_RDWR | O_TMPFILE, 0600));
  IS(write(fd, "abc", 3), 3);
  IS(content(fd), "abc");
  IS(info(fd).st_nlink, 0);
  IS(names_in("."), "");
}

CASE(open, O_TMPFILE_can_be_given_a_name) {
  const int fd = OK(open(".", O_RDWR | O_TMPFILE, 0640));
  IS(write(fd, "abc", 3), 3);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  OK(linkat(AT_FDCWD, path.c_str(), AT_FDCWD, "f", AT_SYMLINK_FOLLOW));
  IS(content("f"), "abc");
  IS(mode_of("f"), "0640");
  IS(links_of("f"), 1);
}

CASE(open, O_TMPFILE_with_O_EXCL_cannot_be_given_a_name) {
  const int fd = OK(open(".", O_RDWR | O_TMPFILE | O_EXCL, 0600));
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  FAILS(ENOENT, linkat(AT_FDCWD, path.c_str(), AT_FDCWD, "f", AT_SYMLINK_FOLLOW));
}

CASE(open, O_TMPFILE_with_O_RDONLY_is_EINVAL) {
  FAILS(EINVAL, open(".", O_RDONLY | O_TMPFILE, 0600));
}

CASE(open, O_SYNC_writes_read_back) {
  const int fd = OK(open("f", O_RDWR | O_CREAT | O_SYNC, 0644));
  HOLDS((open_flags(fd) & O_SYNC) == O_SYNC);
  IS(write(fd, "abc", 3), 3);
  IS(content("f"), "abc");
}

CASE(open, O_DSYNC_writes_read_back) {
  const int fd = OK(open("f", O_RDWR | O_CREAT | O_DSYNC, 0644));
  HOLDS((open_flags(fd) & O_DSYNC) == O_DSYNC);
  IS(write(fd, "abc", 3), 3);
  IS(content("f"), "abc");
}

CASE(open, O_DIRECT_writes_and_reads_aligned_blocks) {
  const int fd = OK(open("f", O_RDWR | O_CREAT | O_DIRECT, 0644));
  char* block = aligned_block(64 * kKiB);
  const std::string bytes = pattern(64 * kKiB);
  std::memcpy(block, bytes.data(), bytes.size());
  IS(pwrite(fd, block, 64 * kKiB, 0), 64 * kKiB);
  IS(pwrite(fd, block, 4 * kKiB, 64 * kKiB), 4 * kKiB);
  std::memset(block, 0, 64 * kKiB);
  IS(pread(fd, block, 64 * kKiB, 0), 64 * kKiB);
  HOLDS(std::string_view(block, 64 * kKiB) == bytes);
  IS(content("f"), bytes + bytes.substr(0, 4 * kKiB));
}

CASE(open, O_DIRECT_read_at_the_end_is_short) {
  file("f", pattern(5000));
  const int fd = OK(open("f", O_RDONLY | O_DIRECT));
  char* block = aligned_block(16 * kKiB);
  IS(pread(fd, block, 8 * kKiB, 0), 5000);
  IS(pread(fd, block, 8 * kKiB, 4 * kKiB), 904);
  IS(pread(fd, block, 8 * kKiB, 8 * kKiB), 0);
}

CASE(open, O_DIRECT_and_buffered_handles_see_each_other) {
  const int direct = OK(open("f", O_RDWR | O_CREAT | O_DIRECT, 0644));
  const int buffered = OK(open("f", O_RDWR));
  char* block = aligned_block(4 * kKiB);
  write_at(buffered, std::string(4 * kKiB, 'a'), 0);
  IS(pread(direct, block, 4 * kKiB, 0), 4 * kKiB);
  HOLDS(std::string_view(block, 4 * kKiB) == std::string(4 * kKiB, 'a'));
  std::memset(block, 'b', 4 * kKiB);
  IS(pwrite(direct, block, 4 * kKiB, 0), 4 * kKiB);
  IS(read_at(buffered, 4, 0), "bbbb");
}

CASE(open, O_DIRECT_of_unaligned_size_and_offset) {
  const int fd = OK(open("f", O_RDWR | O_CREAT | O_DIRECT, 0644));
  char* block = aligned_block(4 * kKiB);
  std::memset(block, 'x', 4 * kKiB);
  ANSWER(pwrite(fd, block, 100, 0));
  ANSWER(pwrite(fd, block, 4 * kKiB, 100));
}

CASE(open, a_directory_for_writing_is_EISDIR) {
  directory("d");
  FAILS(EISDIR, open("d", O_WRONLY));
  FAILS(EISDIR, open("d", O_RDWR));
  FAILS(EISDIR, open("d", O_RDONLY | O_TRUNC));
  FAILS(EISDIR, open(".", O_WRONLY));
}

CASE(open, O_CREAT_of_an_existing_directory_is_EISDIR) {
  directory("d");
  FAILS(EISDIR, open("d", O_RDWR | O_CREAT, 0644));
  FAILS(EISDIR, open("d", O_RDONLY | O_CREAT, 0644));
  FAILS(EISDIR, open("d/.", O_RDWR | O_CREAT, 0644));
  FAILS(EISDIR, open("d/..", O_RDWR | O_CREAT, 0644));
}

CASE(open, a_directory_reads_with_EISDIR) {
  directory("d");
  const int fd = OK(open("d", O_RDONLY));
  char byte = 0;
  FAILS(EISDIR, read(fd, &byte, 1));
  FAILS(EBADF, write(fd, "x", 1));
}

CASE(open, a_file_with_a_trailing_slash_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, open("f/", O_RDONLY));
  FAILS(ENOTDIR, open("f/.", O_RDONLY));
}

CASE(open, O_CREAT_with_a_trailing_slash_is_EISDIR) {
  FAILS(EISDIR, open("f/", O_RDWR | O_CREAT, 0644));
  HOLDS(!exists("f"));
}

CASE(open, a_directory_with_a_trailing_slash_opens) {
  directory("d");
  OK(open("d/", O_RDONLY));
  OK(open("d///.//", O_RDONLY));
}

CASE(open, reading_a_write_only_handle_is_EBADF) {
  file("f", "abc");
  const int fd = OK(open("f", O_WRONLY));
  char byte = 0;
  FAILS(EBADF, read(fd, &byte, 1));
  FAILS(EBADF, pread(fd, &byte, 1, 0));
}

CASE(open, writing_a_read_only_handle_is_EBADF) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  FAILS(EBADF, write(fd, "x", 1));
  FAILS(EBADF, pwrite(fd, "x", 1, 0));
  IS(content("f"), "abc");
}

CASE(open, access_mode_3_permits_neither_reading_nor_writing) {
  file("f", "abc");
  const int fd = OK(open("f", O_ACCMODE));
  char byte = 0;
  FAILS(EBADF, read(fd, &byte, 1));
  FAILS(EBADF, write(fd, "x", 1));
}

CASE(open, a_file_created_with_mode_0_is_writable_through_its_handle) {
  as(kAlice, [] {
    const int fd = OK(open("f", O_RDWR | O_CREAT, 0000));
    IS(write(fd, "abc", 3), 3);
    IS(content(fd), "abc");
    FAILS(EACCES, open("f", O_RDONLY));
  });
}

CASE(open, a_file_created_read_only_is_writable_through_its_handle) {
  as(kAlice, [] {
    const int fd = OK(open("f", O_WRONLY | O_CREAT | O_EXCL, 0400));
    IS(write(fd, "abc", 3), 3);
    IS(content("f"), "abc");
    FAILS(EACCES, open("f", O_WRONLY));
  });
}

CASE(open, O_CREAT_takes_all_mode_bits) {
  OK(open("f", O_RDWR | O_CREAT, 07777));
  IS(mode_of("f"), "7777");
}

CASE(open, O_CREAT_ignores_file_type_bits_of_the_mode) {
  ANSWER(open("f", O_RDWR | O_CREAT, S_IFDIR | 0644));
  SEE(type_of("f"));
}

CASE(open, a_new_file_belongs_to_who_made_it) {
  as(kAlice, [] { OK(open("f", O_RDWR | O_CREAT, 0644)); });
  IS(owner_of("f"), "2001:2001");
}

CASE(open, without_write_permission_on_the_directory_O_CREAT_is_EACCES) {
  directory("d", 0755);
  file("d/f", "abc", 0666);
  as(kAlice, [] {
    FAILS(EACCES, open("d/new", O_RDWR | O_CREAT, 0644));
    OK(open("d/f", O_RDWR | O_CREAT, 0644));
  });
}

CASE(open, openat_is_relative_to_its_directory) {
  directory("d");
  file("d/f", "abc");
  const int dir = OK(open("d", O_RDONLY));
  const int fd = OK(openat(dir, "f", O_RDONLY));
  IS(content(fd), "abc");
  OK(openat(dir, "new", O_RDWR | O_CREAT, 0644));
  HOLDS(exists("d/new"));
  OK(openat(dir, "../d/f", O_RDONLY));
}

CASE(open, openat_of_a_file_descriptor_is_ENOTDIR) {
  file("f");
  const int fd = OK(open("f", O_RDONLY));
  FAILS(ENOTDIR, openat(fd, "x", O_RDONLY));
}

CASE(open, openat_of_a_bad_descriptor_is_EBADF) {
  FAILS(EBADF, openat(77, "x", O_RDONLY));
  OK(openat(77, "/", O_RDONLY));
}

CASE(open, openat_below_a_removed_directory_is_ENOENT) {
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  OK(rmdir("d"));
  FAILS(ENOENT, openat(dir, "f", O_RDWR | O_CREAT, 0644));
  FAILS(ENOENT, openat(dir, "f", O_RDONLY));
  IS(type_of(info(dir).st_mode), "directory");
}

CASE(open, openat_follows_its_directory_when_that_is_renamed) {
  directory("d");
  file("d/f", "abc");
  const int dir = OK(open("d", O_RDONLY));
  OK(rename("d", "e"));
  const int fd = OK(openat(dir, "f", O_RDONLY));
  IS(content(fd), "abc");
}

CASE(open, openat2_RESOLVE_NO_SYMLINKS_is_ELOOP) {
  directory("d");
  file("d/f");
  OK(symlink("d", "l"));
  FAILS(ELOOP, open2("l/f", O_RDONLY, RESOLVE_NO_SYMLINKS));
  OK(open2("d/f", O_RDONLY, RESOLVE_NO_SYMLINKS));
}

CASE(open, openat2_RESOLVE_BENEATH_is_EXDEV_on_the_way_out) {
  directory("d");
  file("f");
  OK(symlink("..", "d/up"));
  OK(open2("d/../f", O_RDONLY, RESOLVE_BENEATH));
  FAILS(EXDEV, open2("../x", O_RDONLY, RESOLVE_BENEATH));
  FAILS(EXDEV, open2("/", O_RDONLY, RESOLVE_BENEATH));
  OK(chdir("d"));
  FAILS(EXDEV, open2("up/f", O_RDONLY, RESOLVE_BENEATH));
}

CASE(open, creat_truncates_and_is_write_only) {
  file("f", "abc");
  const int fd = OK(creat("f", 0600));
  IS(size_of("f"), 0);
  IS(mode_of("f"), "0644");
  char byte = 0;
  FAILS(EBADF, read(fd, &byte, 1));
}

CASE(open, two_handles_have_offsets_of_their_own) {
  file("f", "abcdef");
  const int a = OK(open("f", O_RDONLY));
  const int b = OK(open("f", O_RDONLY));
  IS(read_next(a, 3), "abc");
  IS(read_next(b, 2), "ab");
  IS(read_next(a, 3), "def");
}

CASE(open, dup_shares_offset_and_flags) {
  file("f", "abcdef");
  const int a = OK(open("f", O_RDWR));
  const int b = OK(dup(a));
  IS(read_next(a, 3), "abc");
  IS(read_next(b, 3), "def");
  OK(fcntl(a, F_SETFL, O_APPEND));
  HOLDS((open_flags(b) & O_APPEND) != 0);
  OK(close(a));
  IS(lseek(b, 0, SEEK_CUR), 6);
}

CASE(open, fork_shares_the_offset) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDONLY));
  finish(start([&] { IS(read_next(fd, 3), "abc"); }));
  IS(read_next(fd, 3), "def");
}

CASE(open, a_handle_survives_rename) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDWR));
  OK(rename("f", "g"));
  IS(write(fd, "X", 1), 1);
  IS(content("g"), "Xbc");
}

CASE(open, a_handle_keeps_its_rights_after_chmod) {
  file("f", "abc", 0666);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    const int fd = OK(open("f", O_RDWR));
    OK(chmod("f", 0000));
    IS(write(fd, "X", 1), 1);
    IS(content(fd), "Xbc");
    FAILS(EACCES, open("f", O_RDONLY));
  });
}

CASE(open, closing_twice_is_EBADF) {
  file("f");
  const int fd = OK(open("f", O_RDONLY));
  OK(close(fd));
  FAILS(EBADF, close(fd));
  char byte = 0;
  FAILS(EBADF, read(fd, &byte, 1));
}

CASE(open, more_files_than_RLIMIT_NOFILE_is_EMFILE) {
  file("f");
  const rlimit limit{32, 32};
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  int opened = 0;
  while (opened < 64 && open("f", O_RDONLY) >= 0) ++opened;
  FAILS(EMFILE, open("f", O_RDONLY));
  FAILS(EMFILE, open("new", O_RDWR | O_CREAT, 0644));
  SEE(exists("new"));
}

CASE(open, a_hundred_handles_of_one_file) {
  file("f", "abc");
  int last = -1;
  for (int i = 0; i < 100; ++i) {
    last = open("f", O_RDWR);
    if (last < 0) abandon("open no. " + std::to_string(i));
  }
  IS(write(last, "X", 1), 1);
  IS(content("f"), "Xbc");
}

CASE(open, a_fifo_without_reader_is_ENXIO_for_a_nonblocking_writer) {
  OK(mkfifo("p", 0644));
  FAILS(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
  OK(open("p", O_RDONLY | O_NONBLOCK));
  OK(open("p", O_WRONLY | O_NONBLOCK));
}

CASE(open, a_socket_is_ENXIO) {
  OK(mknod("s", S_IFSOCK | 0644, 0));
  FAILS(ENXIO, open("s", O_RDONLY));
  FAILS(ENXIO, open("s", O_RDWR));
  OK(open("s", O_PATH));
}

CASE(open, a_bad_address_is_EFAULT) {
  FAILS(EFAULT, syscall(SYS_openat, AT_FDCWD, nullptr, O_RDONLY));
}

CASE(open, a_symlink_loop_is_ELOOP) {
  OK(symlink("b", "a"));
  OK(symlink("a", "b"));
  FAILS(ELOOP, open("a", O_RDONLY));
  FAILS(ELOOP, open("a", O_RDWR | O_CREAT, 0644));
  FAILS(ELOOP, open("a/x", O_RDONLY));
}

CASE(open, O_CLOEXEC_is_kept_per_descriptor) {
  file("f");
  const int closing = OK(open("f", O_RDONLY | O_CLOEXEC));
  const int staying = OK(open("f", O_RDONLY));
  IS(fcntl(closing, F_GETFD), FD_CLOEXEC);
  IS(fcntl(staying, F_GETFD), 0);
}

}  // namespace
}  // namespace sheen::posix
