// SPDX-License-Identifier: Apache-2.0
#include "cli/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/processes.h"
#include "lib/base/unique_fd.h"

extern char** environ;

namespace sheen::cli {
namespace {

std::vector<char*> to_argv(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return argv;
}

// posix_spawn(3) with our signal settings undone: callers may have blocked some.
class Spawn {
 public:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    flags_ = POSIX_SPAWN_SETSIGMASK;
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  void input_from_fd(int fd) { posix_spawn_file_actions_adddup2(&actions_, fd, STDIN_FILENO); }
  void output_to_fds(int out, int errors) {
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
  }
  void output_to_file(const std::string& path) {
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, path.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
  }
  void own_session() { flags_ |= POSIX_SPAWN_SETSID; }

  Outcome<pid_t> run(const std::vector<std::string>& arguments) {
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags_));
    pid_t pid = 0;
    const int error = posix_spawn(&pid, arguments[0].c_str(), &actions_, &attributes_,
                                  to_argv(arguments).data(), environ);
    if (error != 0) return complain(errno_error(error, "cannot be started"), arguments[0]);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int flags_ = 0;
};

constexpr int kUnknownExit = 255;
constexpr int kTimedOutExit = 124;

int wait_for_child(pid_t pid) {
  int state = 0;
  for (;;) {
    const pid_t waited = waitpid(pid, &state, 0);
    if (waited == pid) break;
    if (waited < 0 && errno != EINTR) return kUnknownExit;  // somebody else has waited for it
  }
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

// Until its end, or until patience is over: then `given_up` says why.
std::string read_all(int fd, size_t limit, const Patience& patience, std::string& given_up) {
  constexpr int kLookMs = 100;
  const SystemClock clock;
  const MonotonicNs deadline =
      patience.limit_s == 0 ? kNever : clock.monotonic() + int64_t{patience.limit_s} * kSecond;
  const bool endless = deadline == kNever && !patience.is_over;
  std::string output;
  std::array<char, 4096> piece{};
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    const int found = ::poll(&ready, 1, endless ? -1 : kLookMs);
    if (patience.is_over && patience.is_over()) given_up = "stopped";
    if (clock.monotonic() >= deadline)
      given_up = fmt::format("not finished within {} s", patience.limit_s);
    if (!given_up.empty()) return output;
    if (found == 0 || (found < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    // What is too much is read all the same, so that the program does not block.
    const size_t room = limit - output.size();
    output.append(piece.data(), std::min(room, static_cast<size_t>(got)));
  }
}

// A file without a name: a program that does not read its stdin cannot block us as a pipe could.
UniqueFd memory_file(const std::string& content) {
  UniqueFd fd(::memfd_create("sheen", MFD_CLOEXEC));
  for (size_t done = 0; fd.good() && done < content.size();) {
    const ssize_t wrote = ::write(fd.get(), content.data() + done, content.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return UniqueFd();
    done += static_cast<size_t>(wrote);
  }
  if (fd.good()) ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

bool has_argument(pid_t pid, const std::string& wanted) {
  const auto arguments = command_line(pid);
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

}  // namespace

std::string ProgramResult::first_line() const { return output.substr(0, output.find('\n')); }

std::string ProgramResult::last_line() const {
  std::string_view text = output;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

std::string own_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Outcome<std::string> find_program(const std::string& name, const std::string& advice) {
  std::vector<std::string> directories = {
      std::filesystem::path(own_program()).parent_path().string()};
  const char* path = ::getenv("PATH");
  std::istringstream words(path != nullptr ? path : "");
  for (std::string directory; std::getline(words, directory, ':');)
    if (directory.starts_with('/')) directories.push_back(directory);
  for (const char* directory : {"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"})
    directories.emplace_back(directory);
  for (const std::string& directory : directories) {
    std::string candidate = directory + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Complaint{kExitFailed, "the program is not installed", name, advice};
}

Outcome<ProgramResult> run_program(const std::vector<std::string>& arguments,
                                   const ProgramOptions& options) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return complain(errno_error(errno, "no pipe for it"), arguments[0]);
  const UniqueFd from(pipe[0]);
  UniqueFd to(pipe[1]);
  const UniqueFd errors(options.keep_errors_apart ? memory_file({}) : UniqueFd());
  const UniqueFd input(options.input.empty() ? UniqueFd() : memory_file(options.input));
  if ((!errors.good() && options.keep_errors_apart) || (!input.good() && !options.input.empty()))
    return complain(errno_error(errno, "no memory for what it is told and says"), arguments[0]);
  Spawn spawn;
  if (input.good()) spawn.input_from_fd(input.get());
  spawn.output_to_fds(to.get(), options.keep_errors_apart ? errors.get() : to.get());
  if (options.own_session) spawn.own_session();
  SHEEN_ASSIGN(const pid_t pid, spawn.run(arguments));
  to.close();
  ProgramResult result;
  std::string given_up;
  result.output = read_all(from.get(), options.output_max, options.patience, given_up);
  if (!given_up.empty()) ::kill(pid, SIGKILL);
  result.exit_code = wait_for_child(pid);
  if (options.keep_errors_apart) {
    ::lseek(errors.get(), 0, SEEK_SET);
    std::string ignored;
    result.errors = read_all(errors.get(), options.output_max, {}, ignored);
  }
  if (!given_up.empty()) {
    result.exit_code = kTimedOutExit;
    (options.keep_errors_apart ? result.errors : result.output) += "\n" + given_up;
  }
  return result;
}

Outcome<pid_t> start_program(const std::vector<std::string>& arguments,
                             const std::string& output_file) {
  Spawn spawn;
  spawn.own_session();
  spawn.output_to_file(output_file);
  return spawn.run(arguments);
}

std::optional<pid_t> read_pid_file(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  // Without the newline it is still being written.
  if (!std::getline(file, text) || file.eof()) return std::nullopt;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 1) return std::nullopt;
  return pid;
}

bool is_process(pid_t pid, const ProcessIdentity& identity) {
  return std::filesystem::path(executable_of(pid)).filename() == identity.program &&
         has_argument(pid, identity.argument);
}

std::optional<pid_t> running(const std::string& pid_file, const ProcessIdentity& identity) {
  const auto pid = read_pid_file(pid_file);
  return pid && is_process(*pid, identity) ? pid : std::nullopt;
}

bool has_ended(pid_t pid, const ProcessIdentity& identity) {
  const pid_t reaped = ::waitpid(pid, nullptr, WNOHANG);
  if (reaped >= 0) return reaped == pid;
  return !is_process(pid, identity);  // not our child
}

bool wait_for_end(pid_t pid, const ProcessIdentity& identity, int timeout_ms) {
  const SystemClock clock;
  const MonotonicNs deadline = clock.monotonic() + timeout_ms * kMillisecond;
  while (is_process(pid, identity)) {
    if (clock.monotonic() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void stop_process(pid_t pid, const ProcessIdentity& identity, int grace_ms) {
  // By pidfd, so that between the check and the signal the number cannot become somebody else's.
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.good()) return;
  if (is_process(pid, identity)) {
    ::syscall(SYS_pidfd_send_signal, fd.get(), SIGTERM, nullptr, 0);
    pollfd ended{fd.get(), POLLIN, 0};
    if (::poll(&ended, 1, grace_ms) == 0) {
      ::syscall(SYS_pidfd_send_signal, fd.get(), SIGKILL, nullptr, 0);
      ::poll(&ended, 1, grace_ms);
    }
  }
}

}  // namespace sheen::cli
