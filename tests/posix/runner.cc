// SPDX-License-Identifier: Apache-2.0
#include "tests/posix/runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstring>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

namespace sheen::posix {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Out of the way of descriptors the case opens, and below the usual limit of 1024.
constexpr int kRecordFd = 200;
// How long a killed process may take to end; one stuck in the kernel may never do so.
constexpr milliseconds kDeathLimit{3000};

struct Ended {
  std::string output;
  int status = 0;
  bool hung = false;
};

struct Observation {
  std::string process;  // its label
  std::string text;
};

milliseconds left_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  return std::max(left, milliseconds{0});
}

bool wait_for_end(pid_t pid, int& status, steady_clock::time_point deadline) {
  for (;;) {
    if (waitpid(pid, &status, WNOHANG) == pid) return true;
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds{1});
  }
}

// Runs `body` in a process group of its own. All of the group is gone (or beyond a signal's reach)
// when this returns.
Ended in_process(const std::function<void()>& body, milliseconds limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {.output = "f0 no pipe\n"};
  const pid_t pid = fork();
  if (pid < 0) return {.output = "f0 no process\n"};
  if (pid == 0) {
    setpgid(0, 0);
    const int fd = fcntl(ends[1], F_DUPFD_CLOEXEC, kRecordFd);
    close(ends[0]);
    close(ends[1]);
    record_to(fd);
    body();
    _exit(0);
  }
  setpgid(pid, pid);
  close(ends[1]);
  const auto deadline = steady_clock::now() + limit;
  Ended ended;
  for (;;) {
    pollfd readable{.fd = ends[0], .events = POLLIN};
    const int ready = poll(&readable, 1, static_cast<int>(left_until(deadline).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ended.hung = true;
      break;
    }
    char chunk[4096];
    const ssize_t got = read(ends[0], chunk, sizeof chunk);
    if (got <= 0) break;
    ended.output.append(chunk, static_cast<size_t>(got));
  }
  close(ends[0]);
  if (!ended.hung) ended.hung = !wait_for_end(pid, ended.status, deadline);
  kill(-pid, SIGKILL);
  if (ended.hung) wait_for_end(pid, ended.status, steady_clock::now() + kDeathLimit);
  return ended;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return std::string("killed by SIG") + sigabbrev_np(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

void enter(const std::string& directory) {
  if (mkdir(directory.c_str(), 0777) != 0 || chdir(directory.c_str()) != 0 ||
      chmod(".", 0777) != 0) {
    abandon("cannot make and enter " + directory + ": " + std::strerror(errno));
  }
}

Outcome outcome_of(const Ended& ended, milliseconds limit) {
  Outcome outcome;
  std::vector<Observation> observations;
  bool complete = false;
  for (size_t begin = 0; begin < ended.output.size();) {
    const size_t end = std::min(ended.output.find('\n', begin), ended.output.size());
    const std::string line = ended.output.substr(begin + 1, end - begin - 1);
    const size_t space = std::min(line.find(' '), line.size());
    const std::string text = line.substr(std::min(space + 1, line.size()));
    switch (ended.output[begin]) {
      case 'o': observations.push_back({line.substr(0, space), text}); break;
      case 'f': outcome.broken.push_back(text); break;
      case 's': outcome.skipped = text; break;
      case 'e': complete = true; break;
      default: break;
    }
    begin = end + 1;
  }
  outcome.hung = ended.hung;
  if (ended.hung) {
    const std::string last = observations.empty() ? "" : ", after: " + observations.back().text;
    outcome.broken.push_back("did not end within " + std::to_string(limit.count()) + " ms" + last);
  } else if (!complete && outcome.broken.empty() && outcome.skipped.empty()) {
    outcome.broken.push_back("ended early: " + ending(ended.status));
  }
  std::stable_sort(
      observations.begin(), observations.end(),
      [](const Observation& a, const Observation& b) { return a.process < b.process; });
  for (Observation& seen : observations) outcome.observations.push_back(std::move(seen.text));
  return outcome;
}

}  // namespace

Outcome run_case(const Case& test, const std::string& directory, milliseconds limit) {
  const Ended ended = in_process(
      [&] {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGPIPE, SIG_IGN);
        umask(0);
        enter(directory);
        test.body();
        record_end();
      },
      limit);
  Outcome outcome = outcome_of(ended, limit);

  const Ended removed = in_process(
      [&] {
        std::error_code error;
        std::filesystem::remove_all(directory, error);
        if (error) abandon("cannot remove what the case left: " + error.message());
        record_end();
      },
      limit);
  const Outcome removal = outcome_of(removed, limit);
  outcome.hung = outcome.hung || removal.hung;
  for (const std::string& what : removal.broken) outcome.broken.push_back("removal: " + what);
  return outcome;
}

}  // namespace sheen::posix
