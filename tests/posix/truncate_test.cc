// SPDX-License-Identifier: Apache-2.0
// truncate, ftruncate and fallocate in all its modes.

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

#include <climits>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

int file_with(std::string_view bytes) {
  file("f", bytes);
  const int fd = open("f", O_RDWR);
  if (fd < 0) abandon("open f");
  return fd;
}

std::string zeros(off_t size) { return std::string(static_cast<size_t>(size), '\0'); }

CASE(truncate, shrinks) {
  file("f", "abcdef");
  OK(truncate("f", 2));
  IS(size_of("f"), 2);
  IS(content("f"), "ab");
}

CASE(truncate, grows_with_zeros) {
  file("f", "ab");
  OK(truncate("f", 5000));
  IS(content("f"), "ab" + zeros(4998));
}

CASE(truncate, never_brings_old_bytes_back) {
  file("f", pattern(10000));
  OK(truncate("f", 5));
  OK(truncate("f", 10000));
  IS(content("f"), pattern(5) + zeros(9995));
}

CASE(truncate, to_the_same_size_keeps_the_content) {
  file("f", "abc");
  OK(truncate("f", 3));
  IS(content("f"), "abc");
}

CASE(truncate, to_0_frees_the_blocks) {
  file("f", pattern(kMiB));
  HOLDS(info("f").st_blocks > 0);
  OK(truncate("f", 0));
  IS(info("f").st_blocks, 0);
}

CASE(truncate, growing_takes_no_blocks) {
  file("f");
  OK(truncate("f", 10 * kMiB));
  IS(info("f").st_blocks, 0);
  IS(size_of("f"), 10 * kMiB);
}

CASE(truncate, with_a_negative_size_is_EINVAL) {
  const int fd = file_with("abc");
  FAILS(EINVAL, truncate("f", -1));
  FAILS(EINVAL, ftruncate(fd, -1));
  IS(content("f"), "abc");
}

CASE(truncate, of_a_directory_is_EISDIR) {
  directory("d");
  FAILS(EISDIR, truncate("d", 0));
}

CASE(truncate, of_a_fifo_is_EINVAL) {
  OK(mkfifo("p", 0644));
  FAILS(EINVAL, truncate("p", 0));
}

CASE(truncate, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, truncate("f", 0));
  FAILS(ENOENT, truncate("", 0));
}

CASE(truncate, follows_a_symlink) {
  file("f", "abc");
  OK(symlink("f", "l"));
  OK(truncate("l", 1));
  IS(content("f"), "a");
  IS(type_of("l"), "symlink");
}

CASE(truncate, needs_write_permission) {
  file("f", "abc", 0444);
  own("f", kAlice.uid, kAlice.gid);
  as(kAlice, [] { FAILS(EACCES, truncate("f", 0)); });
  OK(chmod("f", 0644));
  as(kAlice, [] { OK(truncate("f", 0)); });
  as(kBob, [] { FAILS(EACCES, truncate("f", 5)); });
}

CASE(truncate, is_seen_by_open_handles_at_once) {
  const int fd = file_with("abcdef");
  OK(truncate("f", 2));
  IS(info(fd).st_size, 2);
  IS(content(fd), "ab");
}

CASE(truncate, beyond_RLIMIT_FSIZE_is_EFBIG_with_SIGXFSZ) {
  file("f", "abc");
  IS(ending_of([] {
       const rlimit limit{1000, 1000};
       OK(setrlimit(RLIMIT_FSIZE, &limit));
       OK(truncate("f", 1000));
       ANSWER(truncate("f", 1001));
     }),
     "SIGXFSZ");
  IS(size_of("f"), 1000);
}

CASE(truncate, to_the_largest_size_is_EFBIG) {
  file("f", "abc");
  FAILS(EFBIG, truncate("f", LLONG_MAX));
  IS(size_of("f"), 3);
}

CASE(truncate, to_10_TiB_and_back) {
  const int fd = file_with("abc");
  OK(truncate("f", 10 * kTiB));
  IS(size_of("f"), 10 * kTiB);
  IS(read_at(fd, 4, 10 * kTiB - 4), zeros(4));
  OK(truncate("f", 1));
  IS(content("f"), "a");
}

CASE(ftruncate, shrinks_and_grows) {
  const int fd = file_with("abcdef");
  OK(ftruncate(fd, 3));
  OK(ftruncate(fd, 5));
  IS(content("f"), std::string("abc\0\0", 5));
}

CASE(ftruncate, of_a_read_only_handle_is_EINVAL) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  FAILS(EINVAL, ftruncate(fd, 0));
}

CASE(ftruncate, of_a_bad_descriptor_is_EBADF) { FAILS(EBADF, ftruncate(77, 0)); }

CASE(ftruncate, of_a_directory_is_EINVAL) {
  const int fd = OK(open(".", O_RDONLY));
  FAILS(EINVAL, ftruncate(fd, 0));
}

CASE(ftruncate, of_a_fifo_is_EINVAL) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  FAILS(EINVAL, ftruncate(fd, 0));
}

CASE(ftruncate, leaves_the_offset_and_a_later_write_leaves_a_hole) {
  const int fd = file_with("");
  IS(write(fd, "abcdef", 6), 6);
  OK(ftruncate(fd, 0));
  IS(lseek(fd, 0, SEEK_CUR), 6);
  IS(write(fd, "x", 1), 1);
  IS(content("f"), zeros(6) + "x");
}

CASE(ftruncate, and_appending_meet_at_the_new_end) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDWR | O_APPEND));
  OK(ftruncate(fd, 2));
  IS(write(fd, "X", 1), 1);
  IS(content("f"), "abX");
}

CASE(ftruncate, works_on_an_unlinked_file) {
  const int fd = file_with("abcdef");
  OK(unlink("f"));
  OK(ftruncate(fd, 2));
  IS(info(fd).st_size, 2);
  IS(content(fd), "ab");
}

CASE(ftruncate, works_after_write_permission_is_gone) {
  file("f", "abc", 0666);
  const int fd = OK(open("f", O_RDWR));
  OK(chmod("f", 0000));
  as(kAlice, [&] { OK(ftruncate(fd, 1)); });
  IS(size_of("f"), 1);
}

CASE(ftruncate, inside_a_stripe_zeros_what_follows) {
  const int fd = file_with(pattern(5 * kMiB));
  OK(ftruncate(fd, kMiB + 1));
  IS(size_of("f"), kMiB + 1);
  OK(ftruncate(fd, 5 * kMiB));
  HOLDS(content("f") == pattern(kMiB + 1) + zeros(4 * kMiB - 1));
}

CASE(ftruncate, at_every_stripe_boundary_keeps_what_precedes) {
  const int fd = file_with(pattern(4 * kMiB + 10));
  for (const off_t size : {4 * kMiB + 1, 4 * kMiB, 4 * kMiB - 1, 64 * kKiB + 1, 64 * kKiB,
                           64 * kKiB - 1, off_t{1}, off_t{0}}) {
    OK(ftruncate(fd, size));
    IS(size_of("f"), size);
    HOLDS(content("f") == pattern(static_cast<size_t>(size)));
  }
}

CASE(ftruncate, in_turns_with_writes_keeps_sizes_exact) {
  const int fd = file_with("");
  for (off_t size = 1; size < 3000; size += 271) {
    write_at(fd, pattern(static_cast<size_t>(size)), 0);
    OK(ftruncate(fd, size / 2));
    IS(size_of("f"), size / 2);
  }
}

CASE(fallocate, mode_0_extends_with_zeros) {
  const int fd = file_with("abc");
  OK(fallocate(fd, 0, 0, 100000));
  IS(size_of("f"), 100000);
  IS(content("f"), "abc" + zeros(99997));
}

CASE(fallocate, mode_0_reserves_blocks) {
  const int fd = file_with("");
  OK(fallocate(fd, 0, 0, kMiB));
  HOLDS(info("f").st_blocks >= 2048);
}

CASE(fallocate, mode_0_keeps_content_inside) {
  const int fd = file_with(pattern(100000));
  OK(fallocate(fd, 0, 1000, 50000));
  IS(content("f"), pattern(100000));
}

CASE(fallocate, KEEP_SIZE_does_not_grow_the_file) {
  const int fd = file_with("abc");
  OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, kMiB));
  IS(size_of("f"), 3);
  IS(content("f"), "abc");
}

CASE(fallocate, KEEP_SIZE_reserves_blocks_past_the_end) {
  const int fd = file_with("abc");
  OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, kMiB));
  HOLDS(info("f").st_blocks >= 2048);
}

CASE(fallocate, of_no_length_or_a_negative_range_is_EINVAL) {
  const int fd = file_with("abc");
  FAILS(EINVAL, fallocate(fd, 0, 0, 0));
  FAILS(EINVAL, fallocate(fd, 0, 0, -1));
  FAILS(EINVAL, fallocate(fd, 0, -1, 10));
}

CASE(fallocate, past_the_largest_offset_is_EFBIG) {
  const int fd = file_with("abc");
  FAILS(EFBIG, fallocate(fd, 0, LLONG_MAX - 5, 10));
}

CASE(fallocate, of_a_read_only_handle_is_EBADF) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  FAILS(EBADF, fallocate(fd, 0, 0, 10));
  FAILS(EBADF, fallocate(77, 0, 0, 10));
}

CASE(fallocate, of_a_fifo_is_ESPIPE) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  FAILS(ESPIPE, fallocate(fd, 0, 0, 10));
}

CASE(fallocate, with_an_unknown_mode_is_EOPNOTSUPP) {
  const int fd = file_with("abc");
  FAILS(EOPNOTSUPP, fallocate(fd, 0x4000, 0, 10));
}

CASE(fallocate, beyond_RLIMIT_FSIZE_is_EFBIG) {
  const int fd = file_with("abc");
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1000, 1000};
  OK(setrlimit(RLIMIT_FSIZE, &limit));
  FAILS(EFBIG, fallocate(fd, 0, 0, 2000));
  IS(size_of("f"), 3);
}

CASE(posix_fallocate, extends_the_file) {
  const int fd = file_with("abc");
  IS(posix_fallocate(fd, 0, 5000), 0);
  IS(size_of("f"), 5000);
  IS(posix_fallocate(fd, 0, 0), EINVAL);
}

CASE(punch_hole, reads_as_zeros_and_keeps_the_size) {
  const int fd = file_with(pattern(100000));
  OK(fallocate(fd, kPunch, 8192, 40960));
  IS(size_of("f"), 100000);
  IS(content("f"), pattern(8192) + zeros(40960) + pattern(50848, 49152));
}

CASE(punch_hole, of_unaligned_edges_zeros_exactly_the_range) {
  const int fd = file_with(pattern(100000));
  OK(fallocate(fd, kPunch, 5001, 33333));
  IS(content("f"), pattern(5001) + zeros(33333) + pattern(61666, 38334));
}

CASE(punch_hole, inside_one_block_zeros_exactly_the_range) {
  const int fd = file_with(pattern(4096));
  OK(fallocate(fd, kPunch, 100, 50));
  IS(content("f"), pattern(100) + zeros(50) + pattern(3946, 150));
}

CASE(punch_hole, frees_blocks) {
  const int fd = file_with(pattern(4 * kMiB));
  const auto before = info("f").st_blocks;
  OK(fallocate(fd, kPunch, 0, 2 * kMiB));
  HOLDS(info("f").st_blocks <= before - 4000);
}

CASE(punch_hole, is_found_by_SEEK_HOLE) {
  const int fd = file_with(pattern(4 * kMiB));
  OK(fallocate(fd, kPunch, kMiB, kMiB));
  IS(lseek(fd, 0, SEEK_HOLE), kMiB);
  IS(lseek(fd, kMiB, SEEK_DATA), 2 * kMiB);
  IS(lseek(fd, 2 * kMiB, SEEK_HOLE), 4 * kMiB);
}

CASE(punch_hole, past_the_end_changes_nothing) {
  const int fd = file_with("abc");
  OK(fallocate(fd, kPunch, 100, 1000));
  OK(fallocate(fd, kPunch, 1, 1000));
  IS(size_of("f"), 3);
  IS(content("f"), std::string("a\0\0", 3));
}

CASE(punch_hole, without_KEEP_SIZE_is_refused) {
  const int fd = file_with("abc");
  FAILS(EOPNOTSUPP, fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
}

CASE(punch_hole, across_stripe_boundaries_reads_as_zeros) {
  const int fd = file_with(pattern(5 * kMiB));
  OK(fallocate(fd, kPunch, kMiB - 7, 3 * kMiB + 11));
  HOLDS(content("f") == pattern(kMiB - 7) + zeros(3 * kMiB + 11) + pattern(kMiB - 4, 4 * kMiB + 4));
}

CASE(punch_hole, changes_mtime_and_ctime) {
  const int fd = file_with(pattern(10000));
  IS(times_changed_by("f", [&] { OK(fallocate(fd, kPunch, 0, 4096)); }), "mtime ctime");
}

CASE(zero_range, zeros_inside_the_file) {
  const int fd = file_with(pattern(100000));
  OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 5001, 33333));
  IS(content("f"), pattern(5001) + zeros(33333) + pattern(61666, 38334));
}

CASE(zero_range, past_the_end_extends_the_file) {
  const int fd = file_with("abc");
  OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 1, 9999));
  IS(content("f"), "a" + zeros(9999));
}

CASE(zero_range, with_KEEP_SIZE_does_not_extend_the_file) {
  const int fd = file_with("abc");
  OK(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 1, 9999));
  IS(content("f"), std::string("a\0\0", 3));
}

CASE(collapse_range, removes_blocks_from_the_middle) {
  const int fd = file_with(pattern(256 * kKiB));
  OK(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 64 * kKiB, 64 * kKiB));
  IS(size_of("f"), 192 * kKiB);
  IS(content("f"), pattern(64 * kKiB) + pattern(128 * kKiB, 128 * kKiB));
}

CASE(insert_range, moves_the_rest_back) {
  const int fd = file_with(pattern(128 * kKiB));
  OK(fallocate(fd, FALLOC_FL_INSERT_RANGE, 64 * kKiB, 64 * kKiB));
  IS(size_of("f"), 192 * kKiB);
  IS(content("f"), pattern(64 * kKiB) + zeros(64 * kKiB) + pattern(64 * kKiB, 64 * kKiB));
}

}  // namespace
}  // namespace sheen::posix
