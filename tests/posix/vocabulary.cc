// SPDX-License-Identifier: Apache-2.0
#include "tests/posix/vocabulary.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <algorithm>

#include "tests/posix/case.h"

namespace sheen::posix {
namespace {

// Twice the coarsest kernel tick (HZ=100), by which some file systems stamp times.
constexpr int kTickMs = 20;

[[noreturn]] void give_up(const std::string& what) {
  const std::string why = errno_name(errno);
  abandon(what + ": " + why);
}

bool equal(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

std::string changes(const struct stat& before, const struct stat& after) {
  std::string changed;
  if (!equal(before.st_atim, after.st_atim)) changed += "atime ";
  if (!equal(before.st_mtim, after.st_mtim)) changed += "mtime ";
  if (!equal(before.st_ctim, after.st_ctim)) changed += "ctime ";
  if (changed.empty()) return "none";
  changed.pop_back();
  return changed;
}

void become(const User& user) {
  if (setgroups(user.groups.size(), user.groups.data()) != 0 ||
      setresgid(user.gid, user.gid, user.gid) != 0 ||
      setresuid(user.uid, user.uid, user.uid) != 0) {
    give_up("become another user");
  }
  // Else /proc/self belongs to root and /proc/self/fd cannot be used.
  prctl(PR_SET_DUMPABLE, 1);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) give_up("waitpid");
  }
  return status;
}

void ignore_signal(int /*signal*/) {}

}  // namespace

void file(const std::string& path, std::string_view content, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) give_up("make file " + path);
  write_at(fd, content, 0);
  if (close(fd) != 0) give_up("close " + path);
}

void directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0) give_up("make directory " + path);
}

void own(const std::string& path, uid_t uid, gid_t gid) {
  if (lchown(path.c_str(), uid, gid) != 0) give_up("give away " + path);
}

std::string content(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) give_up("open " + path);
  std::string bytes = content(fd);
  close(fd);
  return bytes;
}

std::string content(int fd) {
  std::string bytes;
  for (std::string chunk(64 * kKiB, '\0');;) {
    const ssize_t got = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(bytes.size()));
    if (got < 0) give_up("read content");
    if (got == 0) return bytes;
    bytes.append(chunk, 0, static_cast<size_t>(got));
  }
}

std::string read_at(int fd, size_t size, off_t offset) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got =
        pread(fd, bytes.data() + done, size - done, offset + static_cast<off_t>(done));
    if (got < 0) give_up("pread");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

void write_at(int fd, std::string_view bytes, off_t offset) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(fd, bytes.data(), bytes.size(), offset);
    if (put <= 0) give_up("pwrite");
    bytes.remove_prefix(static_cast<size_t>(put));
    offset += put;
  }
}

std::string read_next(int fd, size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = read(fd, bytes.data(), size);
  if (got < 0) give_up("read");
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

std::string pattern(size_t size, off_t offset, uint32_t seed) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    // A multiplicative hash of the 8-byte word's number, so that no two blocks look alike.
    const uint64_t at = static_cast<uint64_t>(offset) + i;
    const uint64_t word = (at / 8 + seed + 1) * 0x9e3779b97f4a7c15ULL;
    bytes[i] = static_cast<char>(word >> (8 * (at % 8)));
  }
  return bytes;
}

bool exists(const std::string& path) {
  struct stat st;
  if (lstat(path.c_str(), &st) == 0) return true;
  if (errno != ENOENT) give_up("look at " + path);
  return false;
}

struct stat info(const std::string& path) {
  struct stat st;
  if (lstat(path.c_str(), &st) != 0) give_up("look at " + path);
  return st;
}

struct stat info(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0) give_up("fstat");
  return st;
}

std::string mode_of(const std::string& path) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", info(path).st_mode & 07777);
  return text;
}

std::string owner_of(const std::string& path) {
  const struct stat st = info(path);
  return std::to_string(st.st_uid) + ":" + std::to_string(st.st_gid);
}

std::string type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "symlink";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    default: return "unknown";
  }
}

std::string type_of(const std::string& path) {
  return exists(path) ? type_of(info(path).st_mode) : "missing";
}

off_t size_of(const std::string& path) { return info(path).st_size; }
unsigned long links_of(const std::string& path) { return info(path).st_nlink; }

bool same_file(const std::string& a, const std::string& b) {
  const struct stat first = info(a);
  const struct stat second = info(b);
  return first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

std::string target_of(const std::string& symlink_path) {
  std::string target(8192, '\0');
  const ssize_t size = readlink(symlink_path.c_str(), target.data(), target.size());
  if (size < 0) give_up("readlink " + symlink_path);
  target.resize(static_cast<size_t>(size));
  return target;
}

std::vector<std::string> list(const std::string& directory_path) {
  DIR* dir = opendir(directory_path.c_str());
  if (dir == nullptr) give_up("opendir " + directory_path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) give_up("readdir " + directory_path);
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

std::string names_in(const std::string& directory_path) {
  std::string joined;
  for (const std::string& name : list(directory_path)) {
    joined += joined.empty() ? name : " " + name;
  }
  return joined;
}

void tick() { pause_ms(kTickMs); }

std::string times_changed_by(const std::string& path, const std::function<void()>& body) {
  const struct stat before = info(path);
  tick();
  body();
  return changes(before, info(path));
}

std::string times_changed_by(int fd, const std::function<void()>& body) {
  const struct stat before = info(fd);
  tick();
  body();
  return changes(before, info(fd));
}

void set_times(const std::string& path, time_t atime, time_t mtime) {
  const timespec times[2] = {{atime, 0}, {mtime, 0}};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    give_up("set times of " + path);
  }
}

pid_t start(const std::function<void()>& body) {
  static int started = 0;
  ++started;
  const pid_t pid = fork();
  if (pid < 0) give_up("fork");
  if (pid == 0) {
    record_as_child(started);
    started = 0;
    body();
    _exit(0);
  }
  return pid;
}

void finish(pid_t pid) {
  const int status = wait_for(pid);
  if (WIFSIGNALED(status)) {
    abandon(std::string("a process of the case was killed by SIG") +
            sigabbrev_np(WTERMSIG(status)));
  }
  // Whoever ended with another status has said why.
  if (WEXITSTATUS(status) != 0) _exit(WEXITSTATUS(status));
}

void as(const User& user, const std::function<void()>& body) {
  finish(start([&] {
    become(user);
    body();
  }));
}

std::string ending_of(const std::function<void()>& body) {
  const int status = wait_for(start(body));
  if (WIFSIGNALED(status)) return std::string("SIG") + sigabbrev_np(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

void pause_ms(int ms) {
  timespec left{ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

Gate::Gate() {
  if (pipe2(ends_, O_CLOEXEC) != 0) give_up("pipe");
}

void Gate::open() const {
  if (write(ends_[1], "", 1) != 1) give_up("open a gate");
}

void Gate::pass() const {
  char byte = 0;
  if (read(ends_[0], &byte, 1) != 1) give_up("pass a gate");
}

long interrupted(const std::function<long()>& call) {
  struct sigaction action {};
  action.sa_handler = ignore_signal;
  sigaction(SIGALRM, &action, nullptr);
  // Again and again, for the first signal may come before the call has begun.
  const timeval interval{0, 100000};
  const itimerval running{interval, interval};
  const itimerval stopped{};
  setitimer(ITIMER_REAL, &running, nullptr);
  errno = 0;
  const long result = call();
  const int error = errno;
  setitimer(ITIMER_REAL, &stopped, nullptr);
  errno = error;
  return result;
}

}  // namespace sheen::posix
