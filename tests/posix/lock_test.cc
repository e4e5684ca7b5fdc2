// SPDX-License-Identifier: Apache-2.0
// flock, fcntl locks of processes (F_SETLK) and of open file descriptions (F_OFD_SETLK).

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

int open_f(int flags = O_RDWR) {
  const int fd = open("f", flags | O_CREAT, 0666);
  if (fd < 0) abandon("open f");
  return fd;
}

struct flock range(int type, off_t from, off_t length) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = from;
  lock.l_len = length;
  return lock;
}

int apply(int fd, int command, int type, off_t from = 0, off_t length = 0) {
  struct flock lock = range(type, from, length);
  return fcntl(fd, command, &lock);
}

int set(int fd, int type, off_t from = 0, off_t length = 0) {
  return apply(fd, F_SETLK, type, from, length);
}

int set_ofd(int fd, int type, off_t from = 0, off_t length = 0) {
  return apply(fd, F_OFD_SETLK, type, from, length);
}

// What another process is told by F_GETLK: "free", or the type and range of the lock in the way.
std::string seen_by_another(int type, off_t from = 0, off_t length = 0) {
  int ends[2];
  if (pipe(ends) != 0) abandon("pipe");
  finish(start([&] {
    const int fd = open_f();
    struct flock lock = range(type, from, length);
    if (fcntl(fd, F_GETLK, &lock) != 0) abandon("F_GETLK: " + errno_name(errno));
    std::string text = "free";
    if (lock.l_type != F_UNLCK) {
      text = std::string(lock.l_type == F_WRLCK ? "write" : "read") + " " +
             std::to_string(lock.l_start) + "+" + std::to_string(lock.l_len);
    }
    if (write(ends[1], text.data(), text.size()) < 0) abandon("write");
  }));
  const std::string text = read_next(ends[0], 100);
  close(ends[0]);
  close(ends[1]);
  return text;
}

// Whether another process can take the lock.
void another_can(int type, off_t from = 0, off_t length = 0) {
  finish(start([=] { OK(set(open_f(), type, from, length)); }));
}

void another_cannot(int type, off_t from = 0, off_t length = 0) {
  finish(start([=] { FAILS(EAGAIN, set(open_f(), type, from, length)); }));
}

CASE(flock, exclusive_keeps_others_out) {
  const int a = open_f();
  const int b = open_f();
  OK(flock(a, LOCK_EX));
  FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
  FAILS(EWOULDBLOCK, flock(b, LOCK_SH | LOCK_NB));
  OK(flock(a, LOCK_UN));
  OK(flock(b, LOCK_EX | LOCK_NB));
}

CASE(flock, shared_admits_shared) {
  const int a = open_f();
  const int b = open_f();
  OK(flock(a, LOCK_SH));
  OK(flock(b, LOCK_SH | LOCK_NB));
  FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
}

CASE(flock, belongs_to_the_open_file_not_to_the_process) {
  const int a = open_f();
  OK(flock(a, LOCK_EX));
  finish(start([=] {
    FAILS(EWOULDBLOCK, flock(open_f(), LOCK_EX | LOCK_NB));
    OK(flock(a, LOCK_EX | LOCK_NB));
  }));
}

CASE(flock, is_released_by_the_last_close) {
  const int a = open_f();
  const int copy = dup(a);
  const int b = open_f();
  OK(flock(a, LOCK_EX));
  OK(close(a));
  FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
  OK(close(copy));
  OK(flock(b, LOCK_EX | LOCK_NB));
}

CASE(flock, is_released_when_its_process_ends) {
  finish(start([] { OK(flock(open_f(), LOCK_EX)); }));
  OK(flock(open_f(), LOCK_EX | LOCK_NB));
}

CASE(flock, is_released_when_its_process_is_killed) {
  const Gate locked;
  const pid_t pid = start([&] {
    OK(flock(open_f(), LOCK_EX));
    locked.open();
    for (;;) pause_ms(1000);
  });
  locked.pass();
  FAILS(EWOULDBLOCK, flock(open_f(), LOCK_EX | LOCK_NB));
  OK(kill(pid, SIGKILL));
  OK(flock(open_f(), LOCK_EX));
}

CASE(flock, upgrades_and_downgrades) {
  const int a = open_f();
  const int b = open_f();
  OK(flock(a, LOCK_SH));
  OK(flock(a, LOCK_EX | LOCK_NB));
  FAILS(EWOULDBLOCK, flock(b, LOCK_SH | LOCK_NB));
  OK(flock(a, LOCK_SH | LOCK_NB));
  OK(flock(b, LOCK_SH | LOCK_NB));
  FAILS(EWOULDBLOCK, flock(a, LOCK_EX | LOCK_NB));
}

CASE(flock, waits_until_the_other_lets_go) {
  const int a = open_f();
  OK(flock(a, LOCK_EX));
  const pid_t pid = start([] { OK(flock(open_f(), LOCK_EX)); });
  pause_ms(100);
  OK(flock(a, LOCK_UN));
  finish(pid);
}

CASE(flock, waiting_is_interrupted_by_a_signal) {
  const int a = open_f();
  const int b = open_f();
  OK(flock(a, LOCK_EX));
  FAILS(EINTR, interrupted([=] { return flock(b, LOCK_EX); }));
}

CASE(flock, after_an_interrupted_wait_the_lock_is_free_for_others) {
  const int a = open_f();
  const int b = open_f();
  OK(flock(a, LOCK_EX));
  FAILS(EINTR, interrupted([=] { return flock(b, LOCK_EX); }));
  OK(flock(a, LOCK_UN));
  OK(flock(open_f(), LOCK_EX | LOCK_NB));
}

CASE(flock, works_on_a_read_only_handle_and_on_directories) {
  open_f();
  const int fd = OK(open("f", O_RDONLY));
  OK(flock(fd, LOCK_EX));
  const int dir = OK(open(".", O_RDONLY));
  const int again = OK(open(".", O_RDONLY));
  OK(flock(dir, LOCK_EX));
  FAILS(EWOULDBLOCK, flock(again, LOCK_EX | LOCK_NB));
}

CASE(flock, with_a_bad_operation_is_EINVAL) {
  FAILS(EINVAL, flock(open_f(), 0));
  FAILS(EBADF, flock(77, LOCK_EX));
}

CASE(flock, unlocking_what_is_not_locked_succeeds) { OK(flock(open_f(), LOCK_UN)); }

CASE(flock, and_fcntl_locks_do_not_see_each_other) {
  const int a = open_f();
  OK(flock(a, LOCK_EX));
  another_can(F_WRLCK);
}

CASE(flock, of_an_unlinked_file) {
  const int a = open_f();
  const int b = open_f();
  OK(unlink("f"));
  OK(flock(a, LOCK_EX));
  FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
}

CASE(fcntl_lock, write_keeps_others_out) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK));
  another_cannot(F_WRLCK);
  another_cannot(F_RDLCK);
  OK(set(fd, F_UNLCK));
  another_can(F_WRLCK);
}

CASE(fcntl_lock, read_admits_read) {
  OK(set(open_f(), F_RDLCK));
  another_can(F_RDLCK);
  another_cannot(F_WRLCK);
}

CASE(fcntl_lock, of_other_ranges_do_not_conflict) {
  OK(set(open_f(), F_WRLCK, 0, 10));
  another_can(F_WRLCK, 10, 10);
  another_cannot(F_WRLCK, 9, 10);
}

CASE(fcntl_lock, of_ones_own_never_conflict) {
  const int a = open_f();
  const int b = open_f();
  OK(set(a, F_WRLCK, 0, 10));
  OK(set(b, F_WRLCK, 5, 10));
  IS(seen_by_another(F_WRLCK), "write 0+15");
}

CASE(fcntl_lock, F_GETLK_tells_who_is_in_the_way) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 10, 5));
  const pid_t holder = getpid();
  finish(start([=] {
    struct flock lock = range(F_RDLCK, 0, 0);
    OK(fcntl(open_f(), F_GETLK, &lock));
    IS(lock.l_type, F_WRLCK);
    IS(lock.l_start, 10);
    IS(lock.l_len, 5);
    IS(lock.l_whence, SEEK_SET);
    HOLDS(lock.l_pid == holder);
  }));
}

CASE(fcntl_lock, F_GETLK_of_a_free_range_says_unlocked) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 10, 5));
  IS(seen_by_another(F_WRLCK, 0, 10), "free");
  IS(seen_by_another(F_WRLCK, 15, 0), "free");
  struct flock lock = range(F_WRLCK, 0, 0);
  OK(fcntl(fd, F_GETLK, &lock));
  IS(lock.l_type, F_UNLCK);
}

CASE(fcntl_lock, unlocking_the_middle_splits_the_range) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 0, 30));
  OK(set(fd, F_UNLCK, 10, 10));
  IS(seen_by_another(F_WRLCK, 0, 10), "write 0+10");
  IS(seen_by_another(F_WRLCK, 10, 10), "free");
  IS(seen_by_another(F_WRLCK, 20, 10), "write 20+10");
}

CASE(fcntl_lock, adjacent_ranges_of_one_type_join) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 0, 10));
  OK(set(fd, F_WRLCK, 20, 10));
  OK(set(fd, F_WRLCK, 10, 10));
  IS(seen_by_another(F_WRLCK), "write 0+30");
}

CASE(fcntl_lock, downgrading_the_middle_leaves_three_ranges) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 0, 30));
  OK(set(fd, F_RDLCK, 10, 10));
  IS(seen_by_another(F_RDLCK, 0, 10), "write 0+10");
  IS(seen_by_another(F_RDLCK, 10, 10), "free");
  IS(seen_by_another(F_WRLCK, 10, 10), "read 10+10");
  IS(seen_by_another(F_RDLCK, 20, 10), "write 20+10");
}

CASE(fcntl_lock, upgrading_waits_for_other_readers) {
  const int fd = open_f();
  const Gate locked;
  const Gate tried;
  OK(set(fd, F_RDLCK));
  const pid_t pid = start([&] {
    OK(set(open_f(), F_RDLCK));
    locked.open();
    tried.pass();
  });
  locked.pass();
  FAILS(EAGAIN, set(fd, F_WRLCK));
  tried.open();
  finish(pid);
  OK(set(fd, F_WRLCK));
}

CASE(fcntl_lock, length_0_reaches_beyond_any_end) {
  OK(set(open_f(), F_WRLCK, 100, 0));
  another_can(F_WRLCK, 0, 100);
  another_cannot(F_WRLCK, 1LL << 60, 1);
  IS(seen_by_another(F_WRLCK, 1000, 5), "write 100+0");
}

CASE(fcntl_lock, negative_length_reaches_back) {
  OK(set(open_f(), F_WRLCK, 100, -10));
  IS(seen_by_another(F_WRLCK), "write 90+10");
}

CASE(fcntl_lock, before_the_start_is_EINVAL) {
  FAILS(EINVAL, set(open_f(), F_WRLCK, -1, 5));
  FAILS(EINVAL, set(open_f(), F_WRLCK, 5, -10));
}

CASE(fcntl_lock, beyond_the_largest_offset_is_EOVERFLOW) {
  FAILS(EOVERFLOW, set(open_f(), F_WRLCK, 0x7fffffffffffffff, 2));
}

CASE(fcntl_lock, SEEK_END_and_SEEK_CUR_count_from_there) {
  file("f", std::string(100, 'x'));
  const int fd = open_f();
  struct flock lock = range(F_WRLCK, -10, 5);
  lock.l_whence = SEEK_END;
  OK(fcntl(fd, F_SETLK, &lock));
  IS(seen_by_another(F_WRLCK), "write 90+5");
  OK(lseek(fd, 30, SEEK_SET));
  lock.l_whence = SEEK_CUR;
  OK(fcntl(fd, F_SETLK, &lock));
  IS(seen_by_another(F_WRLCK, 0, 50), "write 20+5");
}

CASE(fcntl_lock, closing_any_handle_of_the_file_releases_all) {
  const int a = open_f();
  const int b = open_f();
  OK(set(a, F_WRLCK));
  OK(close(b));
  another_can(F_WRLCK);
}

CASE(fcntl_lock, is_not_inherited_by_a_forked_process) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK));
  finish(start([=] { FAILS(EAGAIN, set(fd, F_WRLCK)); }));
}

CASE(fcntl_lock, a_forked_process_closing_its_copy_releases_nothing) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK));
  finish(start([=] { OK(close(fd)); }));
  another_cannot(F_WRLCK);
}

CASE(fcntl_lock, is_released_when_its_process_ends) {
  finish(start([] { OK(set(open_f(), F_WRLCK)); }));
  another_can(F_WRLCK);
}

CASE(fcntl_lock, is_released_when_its_process_is_killed) {
  const Gate locked;
  const pid_t pid = start([&] {
    OK(set(open_f(), F_WRLCK));
    locked.open();
    for (;;) pause_ms(1000);
  });
  locked.pass();
  another_cannot(F_WRLCK);
  OK(kill(pid, SIGKILL));
  OK(apply(open_f(), F_SETLKW, F_WRLCK));
}

CASE(fcntl_lock, waits_until_the_other_lets_go) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK, 0, 10));
  const pid_t pid = start([] { OK(apply(open_f(), F_SETLKW, F_WRLCK, 5, 10)); });
  pause_ms(100);
  OK(set(fd, F_UNLCK, 0, 10));
  finish(pid);
}

CASE(fcntl_lock, waiting_is_interrupted_by_a_signal) {
  OK(set(open_f(), F_WRLCK));
  finish(start([] {
    const int fd = open_f();
    FAILS(EINTR, interrupted([=] { return apply(fd, F_SETLKW, F_WRLCK); }));
  }));
}

CASE(fcntl_lock, three_waiting_readers_get_in_together) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK));
  const Gate got;
  pid_t readers[3];
  for (pid_t& reader : readers) {
    reader = start([&] {
      OK(apply(open_f(), F_SETLKW, F_RDLCK));
      got.open();
      pause_ms(50);
    });
  }
  pause_ms(50);
  OK(set(fd, F_UNLCK));
  for (int i = 0; i < 3; ++i) got.pass();
  for (const pid_t reader : readers) finish(reader);
}

// Holds `mine` and waits for `theirs`; whoever would close the cycle is told so and lets go.
void wait_in_cycle(off_t mine, off_t theirs, const Gate& held, const Gate& other_held,
                   int verdicts) {
  const int fd = open_f();
  if (set(fd, F_WRLCK, mine, 1) != 0) abandon("first lock");
  held.open();
  other_held.pass();
  const bool refused = apply(fd, F_SETLKW, F_WRLCK, theirs, 1) != 0;
  if (refused && errno != EDEADLK) abandon("waiting gave " + errno_name(errno));
  if (write(verdicts, refused ? "x" : ".", 1) != 1) abandon("write");
}

CASE(fcntl_lock, a_cycle_of_waiters_is_EDEADLK_for_one_of_them) {
  const Gate a;
  const Gate b;
  int verdicts[2];
  OK(pipe(verdicts));
  const pid_t first = start([&] { wait_in_cycle(0, 1, a, b, verdicts[1]); });
  const pid_t second = start([&] { wait_in_cycle(1, 0, b, a, verdicts[1]); });
  finish(first);
  finish(second);
  const std::string both = read_next(verdicts[0], 2);
  HOLDS(both == "x." || both == ".x");
}

CASE(fcntl_lock, needs_a_handle_with_the_right_access) {
  open_f();
  const int reading = OK(open("f", O_RDONLY));
  const int writing = OK(open("f", O_WRONLY));
  FAILS(EBADF, set(reading, F_WRLCK));
  FAILS(EBADF, set(writing, F_RDLCK));
  OK(set(reading, F_RDLCK));
  OK(set(writing, F_WRLCK));
}

CASE(fcntl_lock, with_a_bad_type_or_whence_is_EINVAL) {
  const int fd = open_f();
  FAILS(EINVAL, set(fd, 99));
  struct flock lock = range(F_WRLCK, 0, 0);
  lock.l_whence = 99;
  FAILS(EINVAL, fcntl(fd, F_SETLK, &lock));
  FAILS(EBADF, set(77, F_WRLCK));
}

CASE(fcntl_lock, unlocking_what_is_not_locked_succeeds) {
  OK(set(open_f(), F_UNLCK));
  OK(set(open_f(), F_UNLCK, 100, 100));
}

CASE(fcntl_lock, two_hundred_ranges_are_kept) {
  const int fd = open_f();
  for (off_t i = 0; i < 200; ++i) {
    if (set(fd, F_WRLCK, i * 10, 5) != 0) abandon("lock");
  }
  IS(seen_by_another(F_WRLCK, 1995, 5), "free");
  IS(seen_by_another(F_WRLCK, 1990, 5), "write 1990+5");
  OK(set(fd, F_UNLCK));
  IS(seen_by_another(F_WRLCK), "free");
}

CASE(fcntl_lock, of_an_unlinked_file) {
  const int fd = open_f();
  const int copy = open_f();
  OK(unlink("f"));
  OK(set(fd, F_WRLCK));
  finish(start([=] { FAILS(EAGAIN, set(copy, F_WRLCK)); }));
}

CASE(fcntl_lock, does_not_keep_reads_and_writes_out) {
  const int fd = open_f();
  OK(set(fd, F_WRLCK));
  finish(start([] { write_at(open_f(), "abc", 0); }));
  IS(content("f"), "abc");
}

CASE(ofd_lock, conflicts_within_one_process) {
  const int a = open_f();
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK));
  FAILS(EAGAIN, set_ofd(b, F_WRLCK));
  OK(set_ofd(a, F_UNLCK));
  OK(set_ofd(b, F_WRLCK));
}

CASE(ofd_lock, closing_another_handle_releases_nothing) {
  const int a = open_f();
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK));
  OK(close(open_f()));
  FAILS(EAGAIN, set_ofd(b, F_WRLCK));
}

CASE(ofd_lock, is_released_by_the_last_close) {
  const int a = open_f();
  const int copy = dup(a);
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK));
  OK(close(a));
  FAILS(EAGAIN, set_ofd(b, F_WRLCK));
  OK(close(copy));
  OK(set_ofd(b, F_WRLCK));
}

CASE(ofd_lock, is_inherited_by_a_forked_process) {
  const int fd = open_f();
  OK(set_ofd(fd, F_WRLCK));
  finish(start([=] {
    OK(set_ofd(fd, F_WRLCK));
    FAILS(EAGAIN, set_ofd(open_f(), F_WRLCK));
  }));
}

CASE(ofd_lock, conflicts_with_process_locks) {
  const int a = open_f();
  OK(set_ofd(a, F_WRLCK));
  FAILS(EAGAIN, set(a, F_WRLCK));
  another_cannot(F_RDLCK);
}

CASE(ofd_lock, F_OFD_GETLK_tells_pid_minus_1) {
  const int a = open_f();
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK, 10, 5));
  struct flock lock = range(F_WRLCK, 0, 0);
  OK(fcntl(b, F_OFD_GETLK, &lock));
  IS(lock.l_type, F_WRLCK);
  IS(lock.l_start, 10);
  IS(lock.l_pid, -1);
}

CASE(ofd_lock, of_ranges_split_as_process_locks_do) {
  const int a = open_f();
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK, 0, 30));
  OK(set_ofd(a, F_UNLCK, 10, 10));
  OK(set_ofd(b, F_WRLCK, 10, 10));
  FAILS(EAGAIN, set_ofd(b, F_WRLCK, 9, 1));
  FAILS(EAGAIN, set_ofd(b, F_WRLCK, 20, 1));
}

CASE(ofd_lock, with_a_pid_is_EINVAL) {
  struct flock lock = range(F_WRLCK, 0, 0);
  lock.l_pid = 1;
  FAILS(EINVAL, fcntl(open_f(), F_OFD_SETLK, &lock));
}

CASE(ofd_lock, waiting_is_interrupted_by_a_signal) {
  const int a = open_f();
  const int b = open_f();
  OK(set_ofd(a, F_WRLCK));
  FAILS(EINTR, interrupted([=] { return apply(b, F_OFD_SETLKW, F_WRLCK); }));
}

CASE(lease, is_granted_or_refused) {
  open_f();
  const int fd = OK(open("f", O_RDONLY));
  ANSWER(fcntl(fd, F_SETLEASE, F_RDLCK));
}

}  // namespace
}  // namespace sheen::posix
