// SPDX-License-Identifier: Apache-2.0
#include "lib/target/background.h"

#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sheen::target {

Background::~Background() {
  if (ready_fd_ >= 0) close(ready_fd_);
}

std::optional<int> Background::detach() {
  std::array<int, 2> pipe_fds{};
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) return 1;
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child > 0) {
    close(pipe_fds[1]);
    char byte = 0;
    const ssize_t got = read(pipe_fds[0], &byte, 1);
    close(pipe_fds[0]);
    return got == 1 ? 0 : 1;  // the pipe closes without a byte if the child ended
  }
  close(pipe_fds[0]);
  ready_fd_ = pipe_fds[1];
  setsid();
  return std::nullopt;
}

void Background::ready() {
  if (ready_fd_ < 0) return;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  close(null);
  [[maybe_unused]] const ssize_t wrote = write(ready_fd_, "", 1);
  close(ready_fd_);
  ready_fd_ = -1;
}

void Background::report(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace sheen::target
