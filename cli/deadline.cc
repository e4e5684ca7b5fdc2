// SPDX-License-Identifier: Apache-2.0
#include "cli/deadline.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/absent_targets.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli {
namespace {

// More than a command waits for servers by itself, and less than a user's patience.
constexpr int kMountSilenceMs = 10'000;

// A child that is left behind would keep the caller's pipes open, and whoever reads from them would
// wait as long as the child.
void let_go_of_the_callers_files() {
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
}

[[noreturn]] void be_child(pid_t parent, int life_fd, UniqueFunction<int(SignOfLife&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExitFailed);
  let_go_of_the_callers_files();
  SignOfLife alive = [life_fd] {
    const char beat = 1;
    // Nobody reads any more if the parent is gone, and then this process is, too.
    [[maybe_unused]] const ssize_t written = ::write(life_fd, &beat, 1);
  };
  const int result = work(alive);
  std::fflush(nullptr);
  ::_exit(result);
}

// True when the child's end of the pipe is closed; false if it was silent for too long.
bool listen(int life_fd, int silence_ms) {
  for (;;) {
    pollfd life{life_fd, POLLIN, 0};
    const int ready = ::poll(&life, 1, silence_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    std::array<char, 64> beats{};
    const ssize_t got = ::read(life_fd, beats.data(), beats.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
  }
}

Outcome<int> result_of(pid_t child, const std::string& path) {
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(state)) return WEXITSTATUS(state);
  return Complaint{kExitFailed, fmt::format("ended by signal {}", WTERMSIG(state)), path, {}};
}

// What a child prints, in memory until it has ended.
class Output {
 public:
  Output() : fd_(::memfd_create("output", MFD_CLOEXEC)) {}

  bool good() const { return fd_.good(); }
  void take_the_place_of(int fd) const { ::dup2(fd_.get(), fd); }
  void copy_to(std::FILE* stream) const {
    std::array<char, 4096> piece{};
    ::lseek(fd_.get(), 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::read(fd_.get(), piece.data(), piece.size())) > 0;)
      std::fwrite(piece.data(), 1, static_cast<size_t>(got), stream);
  }

 private:
  UniqueFd fd_;
};

}  // namespace

Outcome<int> within_deadline(int silence_ms, const std::string& path,
                             UniqueFunction<int(SignOfLife&)> work) {
  std::array<int, 2> life{};
  if (::pipe2(life.data(), O_CLOEXEC) != 0) return complain(errno_error(errno, "no pipe"), path);
  std::fflush(nullptr);  // or the child would print once more what waits in a buffer
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  const int error = errno;
  if (child == 0) be_child(parent, life[1], work);
  ::close(life[1]);
  const bool ended = child > 0 && listen(life[0], silence_ms);
  ::close(life[0]);
  if (child < 0) return complain(errno_error(error, "no process for it"), path);
  if (ended) return result_of(child, path);
  ::kill(child, SIGKILL);
  return Complaint{kExitUnreachable,
                   fmt::format("no answer from the mount within {} s", silence_ms / 1000), path,
                   "sheen status says which server is away"};
}

ExitOutcome run_on_mount(const Context& context, const std::string& path,
                         UniqueFunction<ExitOutcome(SignOfLife&)> action) {
  const Output out;
  const Output err;
  if (!out.good() || !err.good()) return complain(errno_error(errno, "no memory for it"), path);
  const Outcome<int> code = within_deadline(kMountSilenceMs, path, [&](SignOfLife& alive) -> int {
    out.take_the_place_of(STDOUT_FILENO);
    err.take_the_place_of(STDERR_FILENO);
    const ExitOutcome outcome = action(alive);
    return outcome ? *outcome : report(context, outcome.error());
  });
  if (!code) {
    Complaint complaint = code.error();
    if (const std::string why = absent_targets(context, path); !why.empty())
      complaint.advice = why + ", start it and try again";
    return complaint;
  }
  out.copy_to(stdout);
  err.copy_to(stderr);
  return *code;
}

}  // namespace sheen::cli
