// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/daemonizer.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sheen::fuse {
namespace {

void print_line(const std::string& line, int exit_code) {
  if (line.empty()) return;
  std::FILE* out = exit_code == kExitOk ? stdout : stderr;
  std::fprintf(out, "mount.sheen: %s\n", line.c_str());
  std::fflush(out);
}

// Message: the exit code as one byte, then the line. Nothing at all: the child died.
[[noreturn]] void be_parent(int pipe, pid_t child) {
  std::string message;
  std::array<char, 1024> part{};
  ssize_t got = 0;
  while ((got = read(pipe, part.data(), part.size())) > 0 || (got < 0 && errno == EINTR))
    if (got > 0) message.append(part.data(), static_cast<size_t>(got));
  if (message.empty()) {
    int status = 0;
    waitpid(child, &status, 0);
    std::fprintf(stderr, "mount.sheen: the mount process ended unexpectedly (%s %d)\n",
                 WIFSIGNALED(status) ? "signal" : "exit code",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    _exit(kExitMountFailed);
  }
  const int exit_code = static_cast<unsigned char>(message[0]);
  print_line(message.substr(1), exit_code);
  _exit(exit_code);
}

// False: the parent is gone.
bool send_all(int fd, const std::string& message) {
  size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t wrote = write(fd, message.data() + sent, message.size() - sent);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    sent += static_cast<size_t>(wrote);
  }
  return true;
}

// Descriptors 0, 1 and 2 must be taken, or /dev/fuse or a socket gets one of them.
void to_null(int first, int last) {
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) return;
  for (int fd = first; fd <= last; ++fd) dup2(null, fd);
  if (null > 2) close(null);
}

void fill_standard_descriptors() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) close(fd);
}

}  // namespace

Result<Daemonizer> Daemonizer::start(bool foreground) {
  fill_standard_descriptors();
  if (foreground) return Daemonizer(-1);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "pipe");
  const pid_t child = fork();
  if (child < 0) return errno_error(errno, "fork");
  if (child > 0) {
    close(ends[1]);
    be_parent(ends[0], child);
  }
  close(ends[0]);
  setsid();
  to_null(0, 1);
  return Daemonizer(ends[1]);
}

bool Daemonizer::report_success(const std::string& line) {
  if (pipe_ < 0) {
    print_line(line, kExitOk);
    return true;
  }
  const bool told = send_all(pipe_, static_cast<char>(kExitOk) + line);
  close(pipe_);
  pipe_ = -1;
  to_null(2, 2);  // it may be a pipe that somebody reads to its end
  return told;
}

int Daemonizer::report_failure(const std::string& line, int exit_code) {
  if (pipe_ < 0) {
    print_line(line, exit_code);
  } else {
    send_all(pipe_, static_cast<char>(exit_code) + line);
    close(pipe_);
    pipe_ = -1;
  }
  return exit_code;
}

}  // namespace sheen::fuse
