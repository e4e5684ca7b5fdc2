// SPDX-License-Identifier: Apache-2.0
// The demo's supervisor. Its children are the server processes; it learns of their ends by
// waitpid(2) and of its own by SIGTERM, both taken with sigtimedwait(2) at one place, so there is
// one thread, no signal handler and nothing to race. When an ended server is started again is
// BackOff's to say.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <map>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/demo/back_off.h"
#include "cli/demo/blackboxes.h"
#include "cli/demo/demo.h"
#include "cli/demo/layout.h"
#include "lib/base/clock.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli::demo {
namespace {

constexpr int64_t kGraceNs = 10 * kSecond;
// Enough to see whether one crash is like the last.
constexpr size_t kBlackboxes = 5;

// stdout is the supervisor's log.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{:%Y-%m-%d %H:%M:%S} {}\n", fmt::localtime(std::time(nullptr)),
             fmt::format(format, std::forward<Args>(args)...));
  std::fflush(stdout);
}

std::string describe_end(int state) {
  if (WIFSIGNALED(state)) return fmt::format("ended by signal {}", WTERMSIG(state));
  return fmt::format("ended with exit code {}", WEXITSTATUS(state));
}

struct Child {
  Server server;
  std::vector<std::string> arguments;
  pid_t pid = 0;             // 0: does not run
  MonotonicNs start_at = 0;  // if it does not run
  MonotonicNs started_at = 0;
  BackOff back_off;
};

class Supervisor {
 public:
  Supervisor(Layout layout, bool unlock_unsafe)
      : layout_(std::move(layout)), unlock_unsafe_(unlock_unsafe) {
    sigemptyset(&signals_);
    for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, number);
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  Outcome<void> take_pid_file();
  Outcome<void> find_servers();
  void run();

 private:
  void start_due(MonotonicNs now);
  void reap();
  void stop_all();
  int wait_for_signal(MonotonicNs until);

  Layout layout_;
  const bool unlock_unsafe_;
  UniqueFd pid_file_;  // locked for as long as this process lives
  sigset_t signals_{};
  SystemClock clock_;
  std::map<std::string, Child> children_;  // by label
};

Outcome<void> Supervisor::take_pid_file() {
  const std::string path = layout_.supervisor_pid_file();
  pid_file_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!pid_file_.good()) return complain(errno_error(errno, "cannot be opened"), path);
  if (::flock(pid_file_.get(), LOCK_EX | LOCK_NB) != 0)
    return Complaint{kExitFailed, "a supervisor runs already", layout_.directory(), {}};
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(pid_file_.get(), 0) != 0 ||
      ::write(pid_file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return complain(errno_error(errno, "cannot be written"), path);
  return {};
}

Outcome<void> Supervisor::find_servers() {
  SHEEN_ASSIGN(const auto servers, layout_.servers());
  for (const Server& server : servers) {
    if (children_.contains(server.label)) continue;
    SHEEN_ASSIGN(const std::string program, find_program(server.program, "build it first"));
    Child child;
    child.server = server;
    child.arguments = {program,          "--foreground",  "--target",   server.directory,
                       "--pid-file",     server.pid_file, "--log-file", server.log_file,
                       "--blackbox-dir", layout_.log()};
    if (unlock_unsafe_) child.arguments.emplace_back("--unlock-unsafe");
    children_.emplace(server.label, std::move(child));
  }
  return {};
}

void Supervisor::start_due(MonotonicNs now) {
  for (auto& [label, child] : children_) {
    if (child.pid != 0 || child.start_at > now) continue;
    const auto pid = start_program(child.arguments, child.server.output_file);
    if (pid) {
      child.pid = *pid;
      child.started_at = now;
      say("{}: started, pid {}", label, child.pid);
    } else {
      say("{}", pid.error().line("supervisor"));
      child.start_at = now + BackOff::kLongestNs;
    }
  }
}

void Supervisor::reap() {
  int state = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &state, WNOHANG)) > 0;) {
    const auto found = std::find_if(children_.begin(), children_.end(),
                                    [pid](const auto& row) { return row.second.pid == pid; });
    if (found == children_.end()) continue;
    Child& child = found->second;
    // It writes its pid file when it serves, and removes it when it stops on request.
    if (read_pid_file(child.server.pid_file) == pid) ::unlink(child.server.pid_file.c_str());
    if (WIFSIGNALED(state)) prune_blackboxes(layout_.log(), kBlackboxes);
    const MonotonicNs now = clock_.monotonic();
    const int64_t delay_ns = child.back_off.after_life(now - child.started_at);
    child.pid = 0;
    child.start_at = now + delay_ns;
    say("{}: pid {} {}, next start in {} ms", found->first, pid, describe_end(state),
        delay_ns / kMillisecond);
  }
}

int Supervisor::wait_for_signal(MonotonicNs until) {
  const int64_t left = std::clamp<int64_t>(until - clock_.monotonic(), 0, 3600 * kSecond);
  const timespec timeout{left / kSecond, left % kSecond};
  return ::sigtimedwait(&signals_, nullptr, &timeout);
}

void Supervisor::run() {
  say("supervising {} servers", children_.size());
  for (;;) {
    start_due(clock_.monotonic());
    MonotonicNs next = kNever;
    for (const auto& [label, child] : children_)
      if (child.pid == 0) next = std::min(next, child.start_at);
    const int number = wait_for_signal(next);
    if (number == SIGTERM || number == SIGINT) break;
    if (number == SIGHUP)
      if (const auto found = find_servers(); !found) say("{}", found.error().line("supervisor"));
    reap();
  }
  stop_all();
  ::unlink(layout_.supervisor_pid_file().c_str());
}

void Supervisor::stop_all() {
  say("stopping");
  const auto signal_all = [this](int number) {
    for (const auto& [label, child] : children_)
      if (child.pid != 0) ::kill(child.pid, number);
  };
  const auto any_left = [this] {
    reap();
    return std::any_of(children_.begin(), children_.end(),
                       [](const auto& row) { return row.second.pid != 0; });
  };
  signal_all(SIGTERM);
  const MonotonicNs deadline = clock_.monotonic() + kGraceNs;
  while (any_left() && clock_.monotonic() < deadline) wait_for_signal(deadline);
  if (!any_left()) return;
  say("some do not stop: killing them");
  signal_all(SIGKILL);
  while (any_left()) wait_for_signal(clock_.monotonic() + kSecond);
}

}  // namespace

ExitOutcome supervise(const Context&, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  if (::chdir("/") != 0) return complain(errno_error(errno, "chdir"), "/");
  Supervisor supervisor(layout, options.unlock_unsafe);
  SHEEN_TRY(supervisor.find_servers());
  SHEEN_TRY(supervisor.take_pid_file());
  supervisor.run();
  return kExitOk;
}

}  // namespace sheen::cli::demo
