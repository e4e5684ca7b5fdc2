// SPDX-License-Identifier: Apache-2.0
// stat, lstat, fstat, fstatat, statx, statfs: the fields and what they mean.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

struct stat followed(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) abandon("stat " + path);
  return st;
}

struct statx extended(const std::string& path, unsigned mask = STATX_BASIC_STATS | STATX_BTIME,
                      int flags = AT_SYMLINK_NOFOLLOW) {
  struct statx stx {};
  if (statx(AT_FDCWD, path.c_str(), flags, mask, &stx) != 0) abandon("statx " + path);
  return stx;
}

bool power_of_two(long value) { return value > 0 && (value & (value - 1)) == 0; }

CASE(stat, follows_symlinks_and_lstat_does_not) {
  file("f", "abc");
  OK(symlink("f", "l"));
  IS(type_of(followed("l").st_mode), "file");
  HOLDS(followed("l").st_ino == info("f").st_ino);
  IS(type_of("l"), "symlink");
}

CASE(stat, agrees_with_fstat_and_fstatat) {
  file("f", pattern(12345), 0640);
  own("f", 5, 6);
  const int fd = OK(open("f", O_RDONLY));
  const int dir = OK(open(".", O_RDONLY));
  struct stat at;
  OK(fstatat(dir, "f", &at, 0));
  const struct stat by_path = info("f");
  const struct stat by_handle = info(fd);
  for (const struct stat& st : {by_handle, at}) {
    HOLDS(st.st_ino == by_path.st_ino);
    HOLDS(st.st_dev == by_path.st_dev);
    HOLDS(st.st_size == by_path.st_size);
    HOLDS(st.st_blocks == by_path.st_blocks);
    HOLDS(st.st_mode == by_path.st_mode);
    HOLDS(st.st_uid == by_path.st_uid && st.st_gid == by_path.st_gid);
    HOLDS(st.st_mtim.tv_nsec == by_path.st_mtim.tv_nsec);
    HOLDS(st.st_ctim.tv_nsec == by_path.st_ctim.tv_nsec);
  }
}

CASE(stat, st_ino_is_stable_and_unique) {
  file("f");
  file("g");
  const auto inode = info("f").st_ino;
  OK(chmod("f", 0600));
  file("f", pattern(100000));
  OK(rename("f", "h"));
  HOLDS(info("h").st_ino == inode);
  HOLDS(info("g").st_ino != inode);
  HOLDS(inode != 0);
}

CASE(stat, st_dev_is_that_of_the_directory) {
  file("f");
  directory("d");
  HOLDS(info("f").st_dev == info(".").st_dev);
  HOLDS(info("d").st_dev == info(".").st_dev);
}

CASE(stat, st_size_follows_writes) {
  const int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
  for (const off_t size : {off_t{1}, off_t{4095}, off_t{4096}, kMiB - 1, kMiB, kMiB + 1}) {
    write_at(fd, "x", size - 1);
    IS(info(fd).st_size, size);
    IS(size_of("f"), size);
  }
}

CASE(stat, st_blocks_counts_512_bytes_of_data_not_of_holes) {
  file("empty");
  file("full", pattern(64 * kKiB));
  file("sparse");
  OK(truncate("sparse", kMiB));
  IS(info("empty").st_blocks, 0);
  IS(info("full").st_blocks, 128);
  IS(info("sparse").st_blocks, 0);
}

CASE(stat, st_blocks_grows_with_every_written_part) {
  const int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
  write_at(fd, pattern(64 * kKiB), 0);
  write_at(fd, pattern(64 * kKiB), 10 * kMiB);
  OK(fsync(fd));
  const auto blocks = info("f").st_blocks;
  HOLDS(blocks >= 256 && blocks < 512);
}

CASE(stat, st_blksize_is_a_power_of_two_of_at_least_512) {
  file("f");
  directory("d");
  HOLDS(power_of_two(info("f").st_blksize) && info("f").st_blksize >= 512);
  HOLDS(power_of_two(info("d").st_blksize));
}

CASE(stat, st_rdev_is_0_of_all_but_devices) {
  file("f");
  directory("d");
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0644, makedev(1, 7)));
  IS(info("f").st_rdev, 0U);
  IS(info("d").st_rdev, 0U);
  IS(info("p").st_rdev, 0U);
  HOLDS(info("c").st_rdev == makedev(1, 7));
}

CASE(stat, needs_no_permission_on_the_file) {
  file("f", "abc", 0000);
  as(kAlice, [] { IS(size_of("f"), 3); });
}

CASE(stat, needs_search_permission_on_the_path) {
  directory("d", 0666);
  file("d/f");
  as(kAlice, [] {
    struct stat st;
    FAILS(EACCES, stat("d/f", &st));
    OK(stat("d", &st));
  });
}

CASE(stat, of_the_empty_path_is_ENOENT) {
  struct stat st;
  FAILS(ENOENT, stat("", &st));
  FAILS(ENOENT, lstat("", &st));
}

CASE(stat, with_AT_EMPTY_PATH_is_of_the_descriptor) {
  file("f", "abc");
  const int fd = OK(open("f", O_PATH));
  struct stat st;
  OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
  IS(st.st_size, 3);
}

CASE(stat, of_a_bad_descriptor_is_EBADF) {
  struct stat st;
  FAILS(EBADF, fstat(77, &st));
  FAILS(EBADF, fstatat(77, "f", &st, 0));
}

CASE(stat, with_unknown_flags_is_EINVAL) {
  struct stat st;
  FAILS(EINVAL, fstatat(AT_FDCWD, ".", &st, 0x40000000));
}

CASE(stat, of_a_file_with_a_trailing_slash_is_ENOTDIR) {
  file("f");
  struct stat st;
  FAILS(ENOTDIR, stat("f/", &st));
  FAILS(ENOTDIR, lstat("f/", &st));
  FAILS(ENOENT, stat("x/", &st));
}

CASE(stat, times_of_a_new_file_are_equal_and_now) {
  timespec before;
  clock_gettime(CLOCK_REALTIME, &before);
  tick();
  file("f");
  const struct stat st = info("f");
  HOLDS(st.st_mtim.tv_sec >= before.tv_sec && st.st_mtim.tv_sec <= before.tv_sec + 60);
  HOLDS(st.st_mtim.tv_sec == st.st_ctim.tv_sec && st.st_mtim.tv_nsec == st.st_ctim.tv_nsec);
  HOLDS(st.st_mtim.tv_sec == st.st_atim.tv_sec && st.st_mtim.tv_nsec == st.st_atim.tv_nsec);
}

CASE(statx, agrees_with_stat) {
  file("f", pattern(5000), 0640);
  own("f", 5, 6);
  const struct stat st = info("f");
  const struct statx stx = extended("f");
  HOLDS(stx.stx_ino == st.st_ino);
  HOLDS(stx.stx_nlink == st.st_nlink);
  HOLDS(stx.stx_mode == st.st_mode);
  HOLDS(stx.stx_uid == 5 && stx.stx_gid == 6);
  HOLDS(stx.stx_size == 5000);
  HOLDS(stx.stx_blocks == static_cast<uint64_t>(st.st_blocks));
  HOLDS(stx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
  HOLDS((stx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
}

CASE(statx, gives_the_birth_time) {
  file("f");
  const struct statx born = extended("f");
  HOLDS((born.stx_mask & STATX_BTIME) != 0);
  HOLDS(born.stx_btime.tv_sec == born.stx_mtime.tv_sec);
}

CASE(statx, birth_time_never_changes) {
  file("f");
  const struct statx born = extended("f");
  tick();
  file("f", "abc");
  OK(chmod("f", 0600));
  set_times("f", 1000, 1000);
  OK(rename("f", "g"));
  const struct statx later = extended("g");
  HOLDS(later.stx_btime.tv_sec == born.stx_btime.tv_sec);
  HOLDS(later.stx_btime.tv_nsec == born.stx_btime.tv_nsec);
}

CASE(statx, with_AT_STATX_DONT_SYNC_and_FORCE_SYNC) {
  file("f", "abc");
  IS(extended("f", STATX_SIZE, AT_STATX_DONT_SYNC).stx_size, 3U);
  IS(extended("f", STATX_SIZE, AT_STATX_FORCE_SYNC).stx_size, 3U);
}

CASE(statx, with_bad_flags_or_mask_is_EINVAL) {
  struct statx stx;
  FAILS(EINVAL, statx(AT_FDCWD, ".", AT_STATX_SYNC_TYPE, STATX_BASIC_STATS, &stx));
  FAILS(EINVAL, statx(AT_FDCWD, ".", 0, STATX__RESERVED, &stx));
}

CASE(statfs, is_plausible) {
  struct statfs fs;
  OK(statfs(".", &fs));
  HOLDS(fs.f_blocks > 0);
  HOLDS(fs.f_bfree <= fs.f_blocks);
  HOLDS(fs.f_bavail <= fs.f_bfree);
  HOLDS(fs.f_files > 0);
  HOLDS(fs.f_ffree <= fs.f_files);
  IS(fs.f_namelen, 255);
  HOLDS(power_of_two(fs.f_bsize));
}

CASE(statfs, is_the_same_through_file_directory_and_descriptor) {
  file("f");
  struct statfs by_file;
  struct statfs by_handle;
  struct statfs by_directory;
  OK(statfs("f", &by_file));
  OK(statfs(".", &by_directory));
  OK(fstatfs(static_cast<int>(OK(open("f", O_RDONLY))), &by_handle));
  HOLDS(by_file.f_type == by_directory.f_type && by_file.f_type == by_handle.f_type);
  HOLDS(by_file.f_blocks == by_directory.f_blocks && by_file.f_blocks == by_handle.f_blocks);
}

CASE(statfs, statvfs_agrees) {
  struct statfs fs;
  struct statvfs vfs;
  OK(statfs(".", &fs));
  OK(statvfs(".", &vfs));
  HOLDS(vfs.f_blocks == fs.f_blocks);
  IS(vfs.f_namemax, 255U);
  HOLDS((vfs.f_flag & ST_RDONLY) == 0);
}

CASE(statfs, of_a_missing_file_is_ENOENT) {
  struct statfs fs;
  FAILS(ENOENT, statfs("x", &fs));
  FAILS(EBADF, fstatfs(77, &fs));
}

CASE(statfs, totals_do_not_change_by_writing) {
  struct statfs before;
  struct statfs after;
  OK(statfs(".", &before));
  const int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
  write_at(fd, pattern(4 * kMiB), 0);
  OK(fsync(fd));
  OK(statfs(".", &after));
  // How much is free cannot be compared: others write and free meanwhile.
  HOLDS(after.f_blocks == before.f_blocks);
  HOLDS(after.f_bsize == before.f_bsize);
}

}  // namespace
}  // namespace sheen::posix
