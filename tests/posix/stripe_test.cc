// SPDX-License-Identifier: Apache-2.0
// Contents across the boundaries at which a striped file changes its object or server.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int new_file() {
  const int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) abandon("open f");
  return fd;
}

// The numbers below `count`, shuffled the same way every time.
std::vector<off_t> shuffled(off_t count) {
  std::vector<off_t> order(static_cast<size_t>(count));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<off_t>(i);
  uint64_t state = 88172645463325252ULL;
  for (size_t i = order.size(); i > 1; --i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::swap(order[i - 1], order[state % i]);
  }
  return order;
}

// Writes a file in pieces of one size in random order and reads it back in another order.
void write_and_read_in_pieces(off_t piece) {
  const off_t count = 6 * kMiB / piece + 1;
  const int fd = new_file();
  for (const off_t i : shuffled(count)) {
    write_at(fd, pattern(static_cast<size_t>(piece), i * piece), i * piece);
  }
  IS(size_of("f"), count * piece);
  HOLDS(content("f") == pattern(static_cast<size_t>(count * piece)));
  const off_t other = 777777;
  for (const off_t i : shuffled(count * piece / other)) {
    if (read_at(fd, static_cast<size_t>(other), i * other) !=
        pattern(static_cast<size_t>(other), i * other)) {
      broken("bytes at " + std::to_string(i * other));
    }
  }
}

CASE(stripes, pieces_of_64_KiB) { write_and_read_in_pieces(64 * kKiB); }
CASE(stripes, pieces_of_64_KiB_minus_1) { write_and_read_in_pieces(64 * kKiB - 1); }
CASE(stripes, pieces_of_64_KiB_plus_1) { write_and_read_in_pieces(64 * kKiB + 1); }
CASE(stripes, pieces_of_1_MiB) { write_and_read_in_pieces(kMiB); }
CASE(stripes, pieces_of_1_MiB_minus_1) { write_and_read_in_pieces(kMiB - 1); }
CASE(stripes, pieces_of_1_MiB_plus_1) { write_and_read_in_pieces(kMiB + 1); }
CASE(stripes, pieces_of_3_MiB_plus_5) { write_and_read_in_pieces(3 * kMiB + 5); }

CASE(stripes, a_few_bytes_around_every_boundary) {
  const int fd = new_file();
  std::string expected(static_cast<size_t>(8 * kMiB + 3), '\0');
  for (const off_t unit : {64 * kKiB, kMiB}) {
    for (off_t at = unit; at <= 8 * kMiB; at += unit) {
      const std::string bytes = pattern(6, at);
      write_at(fd, bytes, at - 3);
      expected.replace(static_cast<size_t>(at - 3), 6, bytes);
    }
  }
  HOLDS(content("f") == expected);
}

CASE(stripes, the_last_byte_may_lie_on_any_stripe) {
  const int fd = new_file();
  for (const off_t i : shuffled(16)) {
    OK(ftruncate(fd, 0));
    write_at(fd, "x", i * kMiB);
    IS(size_of("f"), i * kMiB + 1);
    HOLDS(content("f") == std::string(static_cast<size_t>(i * kMiB), '\0') + "x");
  }
}

CASE(stripes, holes_between_stripes_are_zeros) {
  const int fd = new_file();
  write_at(fd, pattern(100), 0);
  write_at(fd, pattern(100), 5 * kMiB);
  const std::string hole(static_cast<size_t>(5 * kMiB - 100), '\0');
  HOLDS(content("f") == pattern(100) + hole + pattern(100));
}

CASE(stripes, appending_across_boundaries) {
  const int fd = OK(open("f", O_RDWR | O_CREAT | O_APPEND, 0644));
  off_t at = 0;
  while (at < 4 * kMiB) {
    const std::string bytes = pattern(99991, at);
    if (write(fd, bytes.data(), bytes.size()) != 99991) abandon("append");
    at += 99991;
  }
  HOLDS(content("f") == pattern(static_cast<size_t>(at)));
}

CASE(stripes, overwriting_across_boundaries) {
  const int fd = new_file();
  write_at(fd, pattern(5 * kMiB), 0);
  std::string expected = pattern(5 * kMiB);
  for (const off_t i : shuffled(20)) {
    const std::string bytes = pattern(300000, i, 7);
    const off_t at = i * 200003;
    write_at(fd, bytes, at);
    expected.replace(static_cast<size_t>(at), bytes.size(), bytes);
  }
  HOLDS(content("f") == expected);
}

CASE(stripes, files_side_by_side_do_not_mix) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    file("f" + std::to_string(seed), pattern(2 * kMiB + 17, 0, seed));
  }
  for (uint32_t seed = 0; seed < 6; ++seed) {
    HOLDS(content("f" + std::to_string(seed)) == pattern(2 * kMiB + 17, 0, seed));
  }
}

CASE(stripes, sizes_around_every_boundary_are_exact) {
  for (const off_t unit : {4 * kKiB, 64 * kKiB, kMiB, 4 * kMiB}) {
    for (const off_t size : {unit - 1, unit, unit + 1}) {
      file("f", pattern(static_cast<size_t>(size)));
      IS(size_of("f"), size);
      HOLDS(content("f") == pattern(static_cast<size_t>(size)));
    }
  }
}

CASE(stripes, reading_backwards) {
  const int fd = new_file();
  write_at(fd, pattern(3 * kMiB), 0);
  for (off_t at = 3 * kMiB - 50000; at >= 0; at -= 50000) {
    if (read_at(fd, 50000, at) != pattern(50000, at)) broken("bytes at " + std::to_string(at));
  }
}

CASE(stripes, a_read_larger_than_any_message) {
  file("f", pattern(10 * kMiB + 1));
  const int fd = OK(open("f", O_RDONLY));
  std::string bytes(static_cast<size_t>(12 * kMiB), '.');
  IS(read(fd, bytes.data(), bytes.size()), 10 * kMiB + 1);
  bytes.resize(static_cast<size_t>(10 * kMiB + 1));
  HOLDS(bytes == pattern(10 * kMiB + 1));
}

CASE(stripes, truncation_and_regrowth_in_random_order) {
  const int fd = new_file();
  std::string expected;
  for (const off_t i : shuffled(30)) {
    const off_t size = i * 170001;
    OK(ftruncate(fd, size));
    expected.resize(static_cast<size_t>(size), '\0');
    if (size > 1000) {
      const std::string bytes = pattern(1000, i);
      write_at(fd, bytes, size - 1000);
      expected.replace(static_cast<size_t>(size - 1000), 1000, bytes);
    }
  }
  HOLDS(content("f") == expected);
}

}  // namespace
}  // namespace sheen::posix
