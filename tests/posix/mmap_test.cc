// SPDX-License-Identifier: Apache-2.0
// mmap, msync: shared and private mappings against read, write and truncate.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <csignal>
#include <cstring>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

constexpr size_t kPage = 4096;
constexpr int kReadWrite = PROT_READ | PROT_WRITE;

int file_with(std::string_view bytes) {
  file("f", bytes);
  const int fd = open("f", O_RDWR);
  if (fd < 0) abandon("open f");
  return fd;
}

char* map(int fd, size_t size, int protection = kReadWrite, int flags = MAP_SHARED,
          off_t offset = 0) {
  void* memory = mmap(nullptr, size, protection, flags, fd, offset);
  if (memory == MAP_FAILED) abandon("mmap: " + errno_name(errno));
  return static_cast<char*>(memory);
}

// 0 or -1, so that the words for calls can be used.
int try_map(int fd, size_t size, int protection, int flags, off_t offset = 0) {
  return mmap(nullptr, size, protection, flags, fd, offset) == MAP_FAILED ? -1 : 0;
}

// How a process ends that reads this byte of a mapping; sanitizers must not catch the signal.
std::string ending_of_touching(const volatile char* byte) {
  return ending_of([=] {
    signal(SIGBUS, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    static_cast<void>(*byte);
  });
}

CASE(mmap, shared_shows_the_content) {
  const int fd = file_with(pattern(3 * kPage));
  const char* memory = map(fd, 3 * kPage, PROT_READ);
  HOLDS(std::string_view(memory, 3 * kPage) == pattern(3 * kPage));
}

CASE(mmap, private_shows_the_content) {
  const int fd = file_with(pattern(3 * kPage));
  const char* memory = map(fd, 3 * kPage, PROT_READ, MAP_PRIVATE);
  HOLDS(std::string_view(memory, 3 * kPage) == pattern(3 * kPage));
}

CASE(mmap, shared_writes_are_read_by_read) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  std::memcpy(memory + 10, "abc", 3);
  OK(msync(memory, kPage, MS_SYNC));
  IS(read_at(fd, 5, 9), ".abc.");
}

CASE(mmap, shared_writes_are_read_by_read_without_msync) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  std::memcpy(memory + 10, "abc", 3);
  IS(read_at(fd, 5, 9), ".abc.");
}

CASE(mmap, shared_shows_later_writes) {
  const int fd = file_with(std::string(kPage, '.'));
  const volatile char* memory = map(fd, kPage, PROT_READ);
  IS(memory[10], '.');
  write_at(fd, "abc", 10);
  IS(memory[10], 'a');
  IS(memory[12], 'c');
}

CASE(mmap, shared_shows_writes_of_another_process) {
  const int fd = file_with(std::string(kPage, '.'));
  const volatile char* memory = map(fd, kPage, PROT_READ);
  IS(memory[10], '.');
  finish(start([] { write_at(static_cast<int>(OK(open("f", O_WRONLY))), "abc", 10); }));
  IS(memory[10], 'a');
}

CASE(mmap, shared_writes_survive_munmap_and_close) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  std::memcpy(memory, "abc", 3);
  OK(munmap(memory, kPage));
  OK(close(fd));
  IS(content("f").substr(0, 4), "abc.");
}

CASE(mmap, shared_writes_after_close_reach_the_file) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  OK(close(fd));
  std::memcpy(memory, "abc", 3);
  OK(munmap(memory, kPage));
  IS(content("f").substr(0, 4), "abc.");
}

CASE(mmap, shared_mapping_of_an_unlinked_file_keeps_working) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  OK(unlink("f"));
  std::memcpy(memory, "abc", 3);
  OK(msync(memory, kPage, MS_SYNC));
  IS(read_at(fd, 4, 0), "abc.");
}

CASE(mmap, private_writes_stay_private) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage, kReadWrite, MAP_PRIVATE);
  std::memcpy(memory, "abc", 3);
  OK(msync(memory, kPage, MS_SYNC));
  IS(content("f"), std::string(kPage, '.'));
  IS(memory[0], 'a');
}

CASE(mmap, private_writes_need_only_a_read_only_handle) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  char* memory = map(fd, kPage, kReadWrite, MAP_PRIVATE);
  memory[0] = 'X';
  IS(content("f"), "abc");
}

CASE(mmap, shared_writable_of_a_read_only_handle_is_EACCES) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  FAILS(EACCES, try_map(fd, kPage, kReadWrite, MAP_SHARED));
  OK(try_map(fd, kPage, PROT_READ, MAP_SHARED));
}

CASE(mmap, of_a_write_only_handle_is_EACCES) {
  file("f", "abc");
  const int fd = OK(open("f", O_WRONLY));
  FAILS(EACCES, try_map(fd, kPage, PROT_READ, MAP_SHARED));
  FAILS(EACCES, try_map(fd, kPage, PROT_READ, MAP_PRIVATE));
  FAILS(EACCES, try_map(fd, kPage, PROT_WRITE, MAP_SHARED));
}

CASE(mmap, mprotect_cannot_make_a_read_only_handle_writable) {
  file("f", "abc");
  const int fd = OK(open("f", O_RDONLY));
  char* memory = map(fd, kPage, PROT_READ);
  FAILS(EACCES, mprotect(memory, kPage, kReadWrite));
}

CASE(mmap, of_a_directory_is_ENODEV) {
  const int fd = OK(open(".", O_RDONLY));
  FAILS(ENODEV, try_map(fd, kPage, PROT_READ, MAP_SHARED));
}

CASE(mmap, of_no_length_or_an_unaligned_offset_is_EINVAL) {
  const int fd = file_with("abc");
  FAILS(EINVAL, try_map(fd, 0, PROT_READ, MAP_SHARED));
  FAILS(EINVAL, try_map(fd, kPage, PROT_READ, MAP_SHARED, 100));
  FAILS(EINVAL, try_map(fd, kPage, PROT_READ, 0));
}

CASE(mmap, of_a_bad_descriptor_is_EBADF) {
  FAILS(EBADF, try_map(77, kPage, PROT_READ, MAP_SHARED));
}

CASE(mmap, MAP_SYNC_is_EOPNOTSUPP) {
  const int fd = file_with("abc");
  FAILS(EOPNOTSUPP, try_map(fd, kPage, kReadWrite, MAP_SHARED_VALIDATE | MAP_SYNC));
}

CASE(mmap, past_the_last_page_is_SIGBUS) {
  const int fd = file_with(std::string(100, 'x'));
  const char* memory = map(fd, 3 * kPage, PROT_READ);
  IS(ending_of_touching(memory), "exit 0");
  IS(ending_of_touching(memory + kPage - 1), "exit 0");
  IS(ending_of_touching(memory + kPage), "SIGBUS");
}

CASE(mmap, of_an_empty_file_is_SIGBUS) {
  const int fd = file_with("");
  IS(ending_of_touching(map(fd, kPage, PROT_READ)), "SIGBUS");
}

CASE(mmap, the_tail_of_the_last_page_is_zero) {
  const int fd = file_with("abc");
  const char* memory = map(fd, kPage, PROT_READ);
  HOLDS(std::string_view(memory, kPage) == "abc" + std::string(kPage - 3, '\0'));
}

CASE(mmap, writes_into_the_tail_do_not_reach_the_file) {
  const int fd = file_with("abc");
  char* memory = map(fd, kPage);
  std::memcpy(memory + 3, "XYZ", 3);
  OK(msync(memory, kPage, MS_SYNC));
  OK(munmap(memory, kPage));
  IS(size_of("f"), 3);
  OK(ftruncate(fd, 6));
  IS(content("f"), std::string("abc\0\0\0", 6));
}

CASE(mmap, after_truncation_the_lost_pages_are_SIGBUS) {
  const int fd = file_with(pattern(3 * kPage));
  const char* memory = map(fd, 3 * kPage, PROT_READ);
  IS(ending_of_touching(memory + 2 * kPage), "exit 0");
  OK(ftruncate(fd, kPage));
  IS(ending_of_touching(memory + kPage - 1), "exit 0");
  IS(ending_of_touching(memory + kPage), "SIGBUS");
}

CASE(mmap, truncation_through_the_path_is_seen_by_the_mapping) {
  const int fd = file_with(pattern(3 * kPage));
  const char* memory = map(fd, 3 * kPage, PROT_READ);
  IS(ending_of_touching(memory + 2 * kPage), "exit 0");
  OK(truncate("f", kPage));
  IS(ending_of_touching(memory + kPage), "SIGBUS");
}

CASE(mmap, after_truncating_and_growing_the_pages_are_zero) {
  const int fd = file_with(pattern(2 * kPage));
  const char* memory = map(fd, 2 * kPage, PROT_READ);
  OK(ftruncate(fd, 10));
  OK(ftruncate(fd, 2 * kPage));
  HOLDS(std::string_view(memory, 2 * kPage) == pattern(10) + std::string(2 * kPage - 10, '\0'));
}

CASE(mmap, growing_the_file_makes_mapped_pages_usable) {
  const int fd = file_with("abc");
  char* memory = map(fd, 2 * kPage);
  OK(ftruncate(fd, 2 * kPage));
  memory[kPage] = 'x';
  OK(msync(memory, 2 * kPage, MS_SYNC));
  IS(read_at(fd, 1, kPage), "x");
}

CASE(mmap, at_an_offset_shows_that_part) {
  const int fd = file_with(pattern(4 * kPage));
  char* memory = map(fd, kPage, kReadWrite, MAP_SHARED, 2 * kPage);
  HOLDS(std::string_view(memory, kPage) == pattern(kPage, 2 * kPage));
  std::memcpy(memory, "abc", 3);
  OK(msync(memory, kPage, MS_SYNC));
  IS(read_at(fd, 3, 2 * kPage), "abc");
}

CASE(mmap, two_mappings_of_one_file_are_the_same_memory) {
  const int fd = file_with(std::string(kPage, '.'));
  char* a = map(fd, kPage);
  const volatile char* b = map(static_cast<int>(OK(open("f", O_RDWR))), kPage);
  IS(b[5], '.');
  a[5] = 'x';
  IS(b[5], 'x');
}

CASE(mmap, is_shared_over_fork) {
  const int fd = file_with(std::string(kPage, '.'));
  volatile char* memory = map(fd, kPage);
  finish(start([=] { memory[7] = 'x'; }));
  IS(memory[7], 'x');
}

CASE(mmap, is_shared_between_unrelated_handles_of_processes) {
  file_with(std::string(kPage, '.'));
  const Gate mapped;
  const Gate written;
  const pid_t pid = start([&] {
    const int fd = OK(open("f", O_RDWR));
    const volatile char* memory = map(fd, kPage, PROT_READ);
    IS(memory[7], '.');
    mapped.open();
    written.pass();
    IS(memory[7], 'x');
  });
  mapped.pass();
  const int fd = OK(open("f", O_RDWR));
  map(fd, kPage)[7] = 'x';
  written.open();
  finish(pid);
}

CASE(mmap, of_3_MiB_written_in_steps_reads_back) {
  const int fd = file_with("");
  constexpr size_t kSize = 3 * kMiB;
  OK(ftruncate(fd, kSize));
  char* memory = map(fd, kSize);
  const std::string bytes = pattern(kSize);
  for (size_t i = 0; i < 48; ++i) {
    const size_t at = (i * 29 % 48) * 64 * kKiB;
    std::memcpy(memory + at, bytes.data() + at, 64 * kKiB);
  }
  OK(msync(memory, kSize, MS_SYNC));
  OK(munmap(memory, kSize));
  HOLDS(content("f") == bytes);
}

CASE(mmap, writing_a_file_from_its_own_mapping) {
  const int fd = file_with(pattern(16 * kPage));
  const char* memory = map(fd, 16 * kPage, PROT_READ);
  IS(pwrite(fd, memory, 8 * kPage, 8 * kPage), 8 * kPage);
  HOLDS(content("f") == pattern(8 * kPage) + pattern(8 * kPage));
}

CASE(mmap, reading_a_file_into_its_own_mapping) {
  const int fd = file_with(pattern(16 * kPage));
  char* memory = map(fd, 16 * kPage);
  IS(pread(fd, memory, 8 * kPage, 8 * kPage), 8 * kPage);
  OK(msync(memory, 16 * kPage, MS_SYNC));
  HOLDS(content("f") == pattern(8 * kPage, 8 * kPage) + pattern(8 * kPage, 8 * kPage));
}

CASE(mmap, copying_one_mapping_into_another_file) {
  const int fd = file_with(pattern(100000));
  const char* memory = map(fd, 100000, PROT_READ);
  const int to = OK(open("to", O_RDWR | O_CREAT, 0644));
  IS(write(to, memory, 100000), 100000);
  IS(content("to"), pattern(100000));
}

CASE(mmap, shared_write_and_msync_change_mtime_and_ctime) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  IS(times_changed_by("f",
                      [&] {
                        memory[0] = 'x';
                        OK(msync(memory, kPage, MS_SYNC));
                      }),
     "mtime ctime");
}

CASE(mmap, reading_a_private_mapping_changes_no_mtime) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage, kReadWrite, MAP_PRIVATE);
  const struct stat before = info("f");
  tick();
  memory[0] = 'x';
  HOLDS(info("f").st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

CASE(msync, of_unmapped_memory_is_ENOMEM) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, 2 * kPage);
  OK(munmap(memory + kPage, kPage));
  FAILS(ENOMEM, msync(memory, 2 * kPage, MS_SYNC));
}

CASE(msync, with_bad_flags_or_address_is_EINVAL) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  FAILS(EINVAL, msync(memory, kPage, MS_SYNC | MS_ASYNC));
  FAILS(EINVAL, msync(memory + 1, kPage, MS_SYNC));
  FAILS(EINVAL, msync(memory, kPage, 1 << 20));
}

CASE(msync, MS_ASYNC_and_MS_INVALIDATE_succeed) {
  const int fd = file_with(std::string(kPage, '.'));
  char* memory = map(fd, kPage);
  memory[0] = 'x';
  OK(msync(memory, kPage, MS_ASYNC));
  OK(msync(memory, kPage, MS_SYNC | MS_INVALIDATE));
  IS(memory[0], 'x');
}

CASE(mmap, mremap_grows_a_mapping) {
  const int fd = file_with(pattern(4 * kPage));
  char* memory = map(fd, kPage);
  void* grown = mremap(memory, kPage, 4 * kPage, MREMAP_MAYMOVE);
  HOLDS(grown != MAP_FAILED);
  HOLDS(std::string_view(static_cast<char*>(grown), 4 * kPage) == pattern(4 * kPage));
}

CASE(mmap, MADV_DONTNEED_brings_the_file_back) {
  const int fd = file_with(pattern(4 * kPage));
  char* memory = map(fd, 4 * kPage, kReadWrite, MAP_PRIVATE);
  std::memset(memory, 'x', 4 * kPage);
  OK(madvise(memory, 4 * kPage, MADV_DONTNEED));
  HOLDS(std::string_view(memory, 4 * kPage) == pattern(4 * kPage));
}

CASE(mmap, MAP_POPULATE_reads_all_pages) {
  const int fd = file_with(pattern(2 * kMiB));
  const char* memory = map(fd, 2 * kMiB, PROT_READ, MAP_SHARED | MAP_POPULATE);
  HOLDS(std::string_view(memory, 2 * kMiB) == pattern(2 * kMiB));
}

CASE(mmap, of_a_sparse_file_is_filled_by_writing) {
  const int fd = file_with("");
  OK(ftruncate(fd, kGiB));
  char* memory = map(fd, kPage, kReadWrite, MAP_SHARED, kGiB / 2);
  IS(memory[0], '\0');
  memory[0] = 'x';
  OK(msync(memory, kPage, MS_SYNC));
  IS(read_at(fd, 2, kGiB / 2 - 1), std::string("\0x", 2));
  HOLDS(info("f").st_blocks < 2048);
}

}  // namespace
}  // namespace sheen::posix
