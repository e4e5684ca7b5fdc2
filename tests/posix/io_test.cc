// SPDX-License-Identifier: Apache-2.0
// read, write and their kind: counts, offsets, ends, holes, appending, limits, vectors.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <csignal>

#include <climits>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int new_file(int flags = 0) {
  const int fd = open("f", O_RDWR | O_CREAT | O_TRUNC | flags, 0644);
  if (fd < 0) abandon("open f");
  return fd;
}

iovec piece(std::string& bytes) { return {bytes.data(), bytes.size()}; }

void limit_file_size(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  OK(setrlimit(RLIMIT_FSIZE, &limit));
}

CASE(write, gives_the_count_and_moves_the_offset) {
  const int fd = new_file();
  IS(write(fd, "abc", 3), 3);
  IS(lseek(fd, 0, SEEK_CUR), 3);
  IS(write(fd, "de", 2), 2);
  IS(content("f"), "abcde");
  IS(size_of("f"), 5);
}

CASE(read, at_the_end_gives_0) {
  const int fd = new_file();
  char bytes[8];
  IS(read(fd, bytes, sizeof bytes), 0);
  write_at(fd, "abc", 0);
  IS(pread(fd, bytes, sizeof bytes, 3), 0);
  IS(pread(fd, bytes, sizeof bytes, 1000), 0);
}

CASE(read, across_the_end_is_short) {
  const int fd = new_file();
  write_at(fd, "abcdef", 0);
  char bytes[8];
  IS(pread(fd, bytes, sizeof bytes, 4), 2);
  IS(lseek(fd, 5, SEEK_SET), 5);
  IS(read_next(fd, 8), "f");
}

CASE(read, of_size_0_gives_0) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  char byte = 0;
  IS(read(fd, &byte, 0), 0);
  IS(lseek(fd, 0, SEEK_CUR), 0);
}

CASE(write, of_size_0_changes_nothing) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  IS(times_changed_by("f", [&] { IS(write(fd, "", 0), 0); }), "none");
  IS(pwrite(fd, "", 0, 100), 0);
  IS(size_of("f"), 3);
}

CASE(pread, leaves_the_offset_alone) {
  const int fd = new_file();
  IS(write(fd, "abcdef", 6), 6);
  IS(read_at(fd, 3, 1), "bcd");
  IS(lseek(fd, 0, SEEK_CUR), 6);
}

CASE(pwrite, leaves_the_offset_alone) {
  const int fd = new_file();
  IS(write(fd, "abcdef", 6), 6);
  IS(pwrite(fd, "X", 1, 2), 1);
  IS(lseek(fd, 0, SEEK_CUR), 6);
  IS(content("f"), "abXdef");
}

CASE(pread, with_a_negative_offset_is_EINVAL) {
  const int fd = new_file();
  char byte = 0;
  FAILS(EINVAL, pread(fd, &byte, 1, -1));
  FAILS(EINVAL, pwrite(fd, "x", 1, -1));
}

CASE(pwrite, past_the_end_leaves_zeros_between) {
  const int fd = new_file();
  IS(pwrite(fd, "a", 1, 0), 1);
  IS(pwrite(fd, "b", 1, 10000), 1);
  IS(size_of("f"), 10001);
  IS(content("f"), "a" + std::string(9999, '\0') + "b");
}

CASE(pwrite, with_O_APPEND_appends_on_Linux) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDWR | O_APPEND));
  IS(pwrite(fd, "X", 1, 0), 1);
  IS(content("f"), "abcX");
  IS(lseek(fd, 0, SEEK_CUR), 0);
}

CASE(pread, of_a_fifo_is_ESPIPE) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  char byte = 0;
  FAILS(ESPIPE, pread(fd, &byte, 1, 0));
  FAILS(ESPIPE, pwrite(fd, "x", 1, 0));
}

CASE(write, in_the_middle_keeps_the_rest) {
  const int fd = new_file();
  write_at(fd, pattern(10000), 0);
  write_at(fd, "XXXX", 4094);
  std::string expected = pattern(10000);
  expected.replace(4094, 4, "XXXX");
  IS(content("f"), expected);
}

CASE(write, of_another_handle_is_read_at_once) {
  const int a = new_file();
  const int b = OK(open("f", O_RDONLY));
  IS(read_next(b, 10), "");
  write_at(a, "abc", 0);
  IS(read_next(b, 10), "abc");
  write_at(a, "X", 1);
  IS(read_at(b, 3, 0), "aXc");
  IS(info(b).st_size, 3);
}

CASE(write, of_another_process_is_read_at_once) {
  const int fd = new_file();
  finish(start([] {
    const int own_fd = OK(open("f", O_WRONLY));
    write_at(own_fd, "abc", 0);
  }));
  IS(content(fd), "abc");
  IS(info(fd).st_size, 3);
}

CASE(write, from_a_bad_address_is_EFAULT) {
  const int fd = new_file();
  FAILS(EFAULT, syscall(SYS_write, fd, 8, 100));
  IS(size_of("f"), 0);
}

CASE(read, into_a_bad_address_is_EFAULT) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  FAILS(EFAULT, syscall(SYS_read, fd, 8, 3));
}

CASE(write, at_an_offset_that_overflows_is_EINVAL) {
  const int fd = new_file();
  FAILS(EINVAL, syscall(SYS_pwrite64, fd, "x", 1, LLONG_MIN));
  FAILS(EINVAL, syscall(SYS_pwrite64, fd, "xy", 2, LLONG_MAX));
}

CASE(write, beyond_the_largest_offset_is_EFBIG) {
  const int fd = new_file();
  FAILS(EFBIG, pwrite(fd, "x", 1, LLONG_MAX - 1));
  IS(size_of("f"), 0);
}

CASE(write, beyond_RLIMIT_FSIZE_is_EFBIG_with_SIGXFSZ) {
  new_file();
  IS(ending_of([] {
       const int fd = OK(open("f", O_RDWR));
       limit_file_size(1000);
       IS(pwrite(fd, "x", 1, 999), 1);
       pwrite(fd, "x", 1, 1000);
     }),
     "SIGXFSZ");
  IS(size_of("f"), 1000);
}

CASE(write, across_RLIMIT_FSIZE_is_short) {
  const int fd = new_file();
  signal(SIGXFSZ, SIG_IGN);
  limit_file_size(1000);
  const std::string bytes(600, 'x');
  IS(write(fd, bytes.data(), 600), 600);
  IS(write(fd, bytes.data(), 600), 400);
  FAILS(EFBIG, write(fd, bytes.data(), 600));
  IS(size_of("f"), 1000);
}

CASE(write, appending_beyond_RLIMIT_FSIZE_is_EFBIG) {
  const int fd = new_file(O_APPEND);
  signal(SIGXFSZ, SIG_IGN);
  write_at(fd, std::string(998, 'x'), 0);
  limit_file_size(1000);
  IS(write(fd, "abcd", 4), 2);
  FAILS(EFBIG, write(fd, "abcd", 4));
  IS(size_of("f"), 1000);
}

CASE(write, at_1_TiB_leaves_a_sparse_file) {
  const int fd = new_file();
  IS(pwrite(fd, "x", 1, kTiB), 1);
  IS(size_of("f"), kTiB + 1);
  HOLDS(info("f").st_blocks < 2048);
  IS(read_at(fd, 4, kTiB - 3), std::string("\0\0\0x", 4));
  IS(read_at(fd, 4, kTiB / 2), std::string(4, '\0'));
  OK(ftruncate(fd, 0));
}

CASE(write, at_15_TiB_reads_back) {
  const int fd = new_file();
  write_at(fd, pattern(10000), 15 * kTiB - 5000);
  IS(read_at(fd, 10000, 15 * kTiB - 5000), pattern(10000));
  IS(size_of("f"), 15 * kTiB + 5000);
}

CASE(write, across_4_GiB_reads_back) {
  const int fd = new_file();
  write_at(fd, pattern(2 * kMiB), 4 * kGiB - kMiB);
  HOLDS(read_at(fd, 2 * kMiB, 4 * kGiB - kMiB) == pattern(2 * kMiB));
  IS(size_of("f"), 4 * kGiB + kMiB);
}

CASE(write, of_8_MiB_and_3_bytes_in_one_call) {
  const int fd = new_file();
  const std::string bytes = pattern(8 * kMiB + 3);
  IS(write(fd, bytes.data(), bytes.size()), 8 * kMiB + 3);
  std::string back(bytes.size() + 10, '\0');
  IS(pread(fd, back.data(), back.size(), 0), 8 * kMiB + 3);
  back.resize(bytes.size());
  HOLDS(back == bytes);
}

CASE(write, byte_by_byte_reads_back) {
  const int fd = new_file();
  const std::string bytes = pattern(300);
  for (const char byte : bytes) {
    if (write(fd, &byte, 1) != 1) abandon("write of a byte");
  }
  IS(content("f"), bytes);
}

CASE(write, content_survives_close_and_reopen) {
  write_at(new_file(), pattern(100000), 0);
  IS(content("f"), pattern(100000));
}

CASE(writev, joins_its_buffers) {
  const int fd = new_file();
  std::string a = "abc";
  std::string b;
  std::string c = "de";
  const iovec pieces[] = {piece(a), piece(b), piece(c)};
  IS(writev(fd, pieces, 3), 5);
  IS(content("f"), "abcde");
  IS(lseek(fd, 0, SEEK_CUR), 5);
}

CASE(readv, fills_its_buffers_in_turn) {
  const int fd = new_file();
  write_at(fd, "abcde", 0);
  std::string a(2, '.');
  std::string b(5, '.');
  const iovec pieces[] = {piece(a), piece(b)};
  IS(readv(fd, pieces, 2), 5);
  IS(a, "ab");
  IS(b, "cde..");
}

CASE(writev, of_many_small_buffers_is_one_write) {
  const int fd = new_file(O_APPEND);
  std::string unit = pattern(1000);
  std::vector<iovec> pieces(IOV_MAX, piece(unit));
  IS(writev(fd, pieces.data(), IOV_MAX), IOV_MAX * 1000);
  IS(read_at(fd, 1000, 1023 * 1000), unit);
}

CASE(writev, with_more_than_IOV_MAX_buffers_is_EINVAL) {
  const int fd = new_file();
  std::string unit = "x";
  std::vector<iovec> pieces(IOV_MAX + 1, piece(unit));
  FAILS(EINVAL, writev(fd, pieces.data(), IOV_MAX + 1));
  FAILS(EINVAL, readv(fd, pieces.data(), IOV_MAX + 1));
  FAILS(EINVAL, syscall(SYS_writev, fd, pieces.data(), -1));
  IS(writev(fd, pieces.data(), 0), 0);
}

CASE(preadv, and_pwritev_leave_the_offset_alone) {
  const int fd = new_file();
  std::string a = "abc";
  std::string b = "de";
  const iovec pieces[] = {piece(a), piece(b)};
  IS(pwritev(fd, pieces, 2, 10), 5);
  IS(lseek(fd, 0, SEEK_CUR), 0);
  a = "...";
  b = "..";
  IS(preadv(fd, pieces, 2, 8), 5);
  IS(a, std::string("\0\0a", 3));
  IS(b, "bc");
}

CASE(preadv2, with_offset_minus_1_uses_and_moves_the_offset) {
  const int fd = new_file();
  std::string a = "abc";
  const iovec piece_a = piece(a);
  IS(pwritev2(fd, &piece_a, 1, -1, 0), 3);
  IS(lseek(fd, 0, SEEK_CUR), 3);
  OK(lseek(fd, 1, SEEK_SET));
  IS(preadv2(fd, &piece_a, 1, -1, 0), 2);
  IS(a, "bcc");
}

CASE(pwritev2, with_RWF_APPEND_appends) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  std::string a = "X";
  const iovec piece_a = piece(a);
  IS(pwritev2(fd, &piece_a, 1, 0, RWF_APPEND), 1);
  IS(content("f"), "abcX");
}

CASE(pwritev2, with_RWF_SYNC_and_RWF_DSYNC_writes) {
  const int fd = new_file();
  std::string a = "abc";
  const iovec piece_a = piece(a);
  IS(pwritev2(fd, &piece_a, 1, 0, RWF_DSYNC), 3);
  IS(pwritev2(fd, &piece_a, 1, 3, RWF_SYNC), 3);
  IS(content("f"), "abcabc");
}

CASE(pwritev2, with_an_unknown_flag_is_EOPNOTSUPP) {
  const int fd = new_file();
  std::string a = "abc";
  const iovec piece_a = piece(a);
  FAILS(EOPNOTSUPP, pwritev2(fd, &piece_a, 1, 0, 1 << 30));
}

CASE(lseek, counts_from_start_offset_and_end) {
  const int fd = new_file();
  write_at(fd, "abcdef", 0);
  IS(lseek(fd, 4, SEEK_SET), 4);
  IS(lseek(fd, -1, SEEK_CUR), 3);
  IS(lseek(fd, -2, SEEK_END), 4);
  IS(lseek(fd, 10, SEEK_END), 16);
}

CASE(lseek, to_a_negative_offset_is_EINVAL_and_stays) {
  const int fd = new_file();
  OK(lseek(fd, 5, SEEK_SET));
  FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
  FAILS(EINVAL, lseek(fd, -6, SEEK_CUR));
  FAILS(EINVAL, lseek(fd, -1, SEEK_END));
  IS(lseek(fd, 0, SEEK_CUR), 5);
}

CASE(lseek, with_an_unknown_whence_is_EINVAL) {
  const int fd = new_file();
  FAILS(EINVAL, lseek(fd, 0, 99));
}

CASE(lseek, past_the_end_does_not_grow_the_file) {
  const int fd = new_file();
  IS(lseek(fd, 1000, SEEK_SET), 1000);
  IS(size_of("f"), 0);
  IS(write(fd, "x", 1), 1);
  IS(size_of("f"), 1001);
}

CASE(lseek, of_a_fifo_is_ESPIPE) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  FAILS(ESPIPE, lseek(fd, 0, SEEK_CUR));
}

CASE(lseek, SEEK_END_sees_the_size_others_made) {
  const int a = new_file();
  const int b = OK(open("f", O_RDONLY));
  write_at(a, "abc", 0);
  IS(lseek(b, 0, SEEK_END), 3);
  OK(ftruncate(a, 1000));
  IS(lseek(b, 0, SEEK_END), 1000);
}

CASE(seek_data, of_a_full_file_finds_its_only_hole_at_the_end) {
  const int fd = new_file();
  write_at(fd, pattern(100000), 0);
  IS(lseek(fd, 0, SEEK_DATA), 0);
  IS(lseek(fd, 50000, SEEK_DATA), 50000);
  IS(lseek(fd, 0, SEEK_HOLE), 100000);
  IS(lseek(fd, 99999, SEEK_HOLE), 100000);
}

CASE(seek_data, at_or_past_the_end_is_ENXIO) {
  const int fd = new_file();
  FAILS(ENXIO, lseek(fd, 0, SEEK_DATA));
  FAILS(ENXIO, lseek(fd, 0, SEEK_HOLE));
  write_at(fd, "abc", 0);
  FAILS(ENXIO, lseek(fd, 3, SEEK_DATA));
  FAILS(ENXIO, lseek(fd, 3, SEEK_HOLE));
  FAILS(ENXIO, lseek(fd, 100, SEEK_HOLE));
}

CASE(seek_data, with_a_negative_offset_is_ENXIO) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  FAILS(ENXIO, lseek(fd, -1, SEEK_DATA));
  FAILS(ENXIO, lseek(fd, -1, SEEK_HOLE));
}

CASE(seek_data, finds_data_behind_a_hole) {
  const int fd = new_file();
  write_at(fd, pattern(64 * kKiB), 4 * kMiB);
  IS(lseek(fd, 0, SEEK_HOLE), 0);
  IS(lseek(fd, 0, SEEK_DATA), 4 * kMiB);
  IS(lseek(fd, 4 * kMiB, SEEK_HOLE), 4 * kMiB + 64 * kKiB);
}

CASE(seek_data, finds_a_hole_between_data) {
  const int fd = new_file();
  write_at(fd, pattern(64 * kKiB), 0);
  write_at(fd, pattern(64 * kKiB), 8 * kMiB);
  IS(lseek(fd, 0, SEEK_HOLE), 64 * kKiB);
  IS(lseek(fd, 64 * kKiB, SEEK_DATA), 8 * kMiB);
  IS(lseek(fd, 8 * kMiB, SEEK_HOLE), 8 * kMiB + 64 * kKiB);
}

CASE(seek_data, in_a_file_of_holes_only_is_ENXIO) {
  const int fd = new_file();
  OK(ftruncate(fd, 3 * kMiB));
  FAILS(ENXIO, lseek(fd, 0, SEEK_DATA));
  IS(lseek(fd, 0, SEEK_HOLE), 0);
  IS(lseek(fd, kMiB + 5, SEEK_HOLE), kMiB + 5);
}

CASE(seek_data, moves_the_offset) {
  const int fd = new_file();
  write_at(fd, pattern(64 * kKiB), kMiB);
  OK(lseek(fd, 0, SEEK_DATA));
  IS(read_next(fd, 10), pattern(10));
}

CASE(fadvise, is_accepted) {
  const int fd = new_file();
  write_at(fd, pattern(100000), 0);
  IS(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
  IS(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED), 0);
  IS(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
  IS(posix_fadvise(fd, 0, 0, 99), EINVAL);
  IS(content(fd), pattern(100000));
}

CASE(fsync, succeeds_on_files_and_directories) {
  const int fd = new_file();
  write_at(fd, pattern(100000), 0);
  OK(fsync(fd));
  OK(fdatasync(fd));
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  file("d/f");
  OK(fsync(dir));
  OK(fdatasync(dir));
}

CASE(fsync, succeeds_on_a_read_only_handle) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  OK(fsync(fd));
  OK(fdatasync(fd));
}

CASE(fsync, succeeds_on_an_unlinked_file) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  OK(unlink("f"));
  OK(fsync(fd));
}

CASE(fsync, of_a_bad_descriptor_is_EBADF) {
  FAILS(EBADF, fsync(77));
  FAILS(EBADF, fdatasync(77));
  FAILS(EBADF, syncfs(77));
  file("f");
  const int path_only = OK(open("f", O_PATH));
  FAILS(EBADF, fsync(path_only));
}

CASE(fsync, of_a_fifo_is_EINVAL) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  FAILS(EINVAL, fsync(fd));
  FAILS(EINVAL, fdatasync(fd));
}

CASE(fsync, keeps_content_and_times) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  IS(times_changed_by("f", [&] { OK(fsync(fd)); }), "none");
  IS(content("f"), "abc");
}

CASE(syncfs, succeeds_through_any_descriptor_of_the_file_system) {
  const int fd = new_file();
  write_at(fd, "abc", 0);
  OK(syncfs(fd));
  OK(syncfs(open(".", O_RDONLY)));
}

CASE(sync_file_range, succeeds_on_a_file) {
  const int fd = new_file();
  write_at(fd, pattern(100000), 0);
  OK(sync_file_range(
      fd, 0, 50000,
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
  FAILS(EINVAL, sync_file_range(fd, 0, 10, 64));
}

}  // namespace
}  // namespace sheen::posix
