// SPDX-License-Identifier: Apache-2.0
// copy_file_range, sendfile, splice: copying inside the kernel.

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

struct Pair {
  int from;
  int to;
};

Pair two_files(std::string_view source) {
  file("from", source);
  const Pair fds{open("from", O_RDWR), open("to", O_RDWR | O_CREAT | O_TRUNC, 0644)};
  if (fds.from < 0 || fds.to < 0) abandon("open two files");
  return fds;
}

// One call may copy less than asked for.
void copy_all(int from, int to, size_t size) {
  while (size > 0) {
    const ssize_t copied = copy_file_range(from, nullptr, to, nullptr, size, 0);
    if (copied <= 0) abandon("copy_file_range stopped at " + std::to_string(size));
    size -= static_cast<size_t>(copied);
  }
}

CASE(copy_file_range, copies_and_moves_both_offsets) {
  const auto [from, to] = two_files("abcdef");
  OK(lseek(from, 1, SEEK_SET));
  IS(copy_file_range(from, nullptr, to, nullptr, 3, 0), 3);
  IS(lseek(from, 0, SEEK_CUR), 4);
  IS(lseek(to, 0, SEEK_CUR), 3);
  IS(content("to"), "bcd");
}

CASE(copy_file_range, with_offsets_leaves_the_descriptors_alone) {
  const auto [from, to] = two_files("abcdef");
  off64_t in = 2;
  off64_t out = 5;
  IS(copy_file_range(from, &in, to, &out, 3, 0), 3);
  IS(in, 5);
  IS(out, 8);
  IS(lseek(from, 0, SEEK_CUR), 0);
  IS(lseek(to, 0, SEEK_CUR), 0);
  IS(content("to"), std::string("\0\0\0\0\0cde", 8));
}

CASE(copy_file_range, stops_at_the_end_of_the_source) {
  const auto [from, to] = two_files("abcdef");
  IS(copy_file_range(from, nullptr, to, nullptr, 100, 0), 6);
  IS(copy_file_range(from, nullptr, to, nullptr, 100, 0), 0);
  off64_t past = 1000;
  IS(copy_file_range(from, &past, to, nullptr, 100, 0), 0);
  IS(content("to"), "abcdef");
}

CASE(copy_file_range, of_size_0_gives_0) {
  const auto [from, to] = two_files("abcdef");
  IS(copy_file_range(from, nullptr, to, nullptr, 0, 0), 0);
}

CASE(copy_file_range, of_3_MiB_at_odd_offsets_reads_back) {
  const std::string bytes = pattern(3 * kMiB + 777);
  const auto [from, to] = two_files(bytes);
  OK(lseek(to, 12345, SEEK_SET));
  copy_all(from, to, bytes.size());
  HOLDS(content("to") == std::string(12345, '\0') + bytes);
}

CASE(copy_file_range, of_a_hole_reads_as_zeros) {
  const auto [from, to] = two_files("");
  OK(ftruncate(from, 2 * kMiB));
  write_at(to, pattern(2 * kMiB), 0);
  copy_all(from, to, 2 * kMiB);
  HOLDS(content("to") == std::string(2 * kMiB, '\0'));
}

CASE(copy_file_range, within_one_file_copies_disjoint_ranges) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDWR));
  off64_t in = 0;
  off64_t out = 3;
  IS(copy_file_range(fd, &in, fd, &out, 3, 0), 3);
  IS(content("f"), "abcabc");
}

CASE(copy_file_range, of_overlapping_ranges_is_EINVAL) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDWR));
  off64_t in = 0;
  off64_t out = 2;
  FAILS(EINVAL, copy_file_range(fd, &in, fd, &out, 3, 0));
  IS(content("f"), "abcdef");
}

CASE(copy_file_range, with_flags_is_EINVAL) {
  const auto [from, to] = two_files("abc");
  FAILS(EINVAL, copy_file_range(from, nullptr, to, nullptr, 3, 1));
}

CASE(copy_file_range, into_an_appending_handle_is_EBADF) {
  file("from", "abc");
  const int from = OK(open("from", O_RDONLY));
  const int to = OK(open("to", O_WRONLY | O_CREAT | O_APPEND, 0644));
  FAILS(EBADF, copy_file_range(from, nullptr, to, nullptr, 3, 0));
}

CASE(copy_file_range, without_the_right_to_read_or_write_is_EBADF) {
  file("from", "abc");
  file("to");
  const int reading = OK(open("from", O_RDONLY));
  const int writing = OK(open("to", O_WRONLY));
  FAILS(EBADF, copy_file_range(writing, nullptr, reading, nullptr, 3, 0));
  FAILS(EBADF, copy_file_range(reading, nullptr, reading, nullptr, 3, 0));
}

CASE(copy_file_range, of_a_directory_is_EISDIR) {
  file("to");
  const int dir = OK(open(".", O_RDONLY));
  const int to = OK(open("to", O_RDWR));
  FAILS(EISDIR, copy_file_range(dir, nullptr, to, nullptr, 3, 0));
  FAILS(EISDIR, copy_file_range(to, nullptr, dir, nullptr, 3, 0));
}

CASE(copy_file_range, of_a_fifo_is_EINVAL) {
  file("to");
  OK(mkfifo("p", 0644));
  const int pipe_fd = OK(open("p", O_RDWR));
  const int to = OK(open("to", O_RDWR));
  FAILS(EINVAL, copy_file_range(pipe_fd, nullptr, to, nullptr, 3, 0));
}

CASE(copy_file_range, changes_mtime_and_ctime_of_the_destination) {
  const auto [from, to] = two_files("abc");
  IS(times_changed_by("to", [&] { OK(copy_file_range(from, nullptr, to, nullptr, 3, 0)); }),
     "mtime ctime");
}

CASE(sendfile, from_file_to_file) {
  const auto [from, to] = two_files(pattern(300000));
  off_t offset = 100000;
  size_t done = 0;
  while (done < 200000) {
    const ssize_t sent = sendfile(to, from, &offset, 200000 - done);
    if (sent <= 0) abandon("sendfile");
    done += static_cast<size_t>(sent);
  }
  IS(offset, 300000);
  IS(lseek(from, 0, SEEK_CUR), 0);
  IS(content("to"), pattern(200000, 100000));
}

CASE(sendfile, from_file_to_socket) {
  file("f", "abcdef");
  const int fd = OK(open("f", O_RDONLY));
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  OK(lseek(fd, 2, SEEK_SET));
  IS(sendfile(ends[0], fd, nullptr, 100), 4);
  IS(read_next(ends[1], 100), "cdef");
  IS(lseek(fd, 0, SEEK_CUR), 6);
}

CASE(sendfile, at_the_end_gives_0) {
  const auto [from, to] = two_files("abc");
  off_t offset = 3;
  IS(sendfile(to, from, &offset, 10), 0);
}

CASE(sendfile, into_an_appending_handle_is_EINVAL) {
  file("from", "abc");
  const int from = OK(open("from", O_RDONLY));
  const int to = OK(open("to", O_WRONLY | O_CREAT | O_APPEND, 0644));
  FAILS(EINVAL, sendfile(to, from, nullptr, 3));
}

CASE(splice, from_file_through_a_pipe_to_a_file) {
  const auto [from, to] = two_files(pattern(60000));
  int ends[2];
  OK(pipe(ends));
  size_t done = 0;
  while (done < 60000) {
    const ssize_t in = splice(from, nullptr, ends[1], nullptr, 60000 - done, 0);
    if (in <= 0) abandon("splice into the pipe");
    for (ssize_t left = in; left > 0;) {
      const ssize_t out = splice(ends[0], nullptr, to, nullptr, static_cast<size_t>(left), 0);
      if (out <= 0) abandon("splice out of the pipe");
      left -= out;
    }
    done += static_cast<size_t>(in);
  }
  IS(content("to"), pattern(60000));
}

CASE(splice, with_offsets_leaves_the_descriptor_alone) {
  const auto [from, to] = two_files("abcdef");
  int ends[2];
  OK(pipe(ends));
  off64_t in = 2;
  IS(splice(from, &in, ends[1], nullptr, 3, 0), 3);
  IS(in, 5);
  off64_t out = 4;
  IS(splice(ends[0], nullptr, to, &out, 3, 0), 3);
  IS(out, 7);
  IS(lseek(from, 0, SEEK_CUR), 0);
  IS(content("to"), std::string("\0\0\0\0cde", 7));
}

CASE(splice, into_an_appending_handle_is_EINVAL) {
  const int to = OK(open("to", O_WRONLY | O_CREAT | O_APPEND, 0644));
  int ends[2];
  OK(pipe(ends));
  IS(write(ends[1], "abc", 3), 3);
  FAILS(EINVAL, splice(ends[0], nullptr, to, nullptr, 3, 0));
}

CASE(splice, between_two_files_is_EINVAL) {
  const auto [from, to] = two_files("abc");
  FAILS(EINVAL, splice(from, nullptr, to, nullptr, 3, 0));
}

}  // namespace
}  // namespace sheen::posix
