// SPDX-License-Identifier: Apache-2.0
#pragma once

// Other programs: finding, running and starting them, and telling by /proc whether a process is the
// one that a pid file means. Any thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "cli/outcome.h"

namespace sheen::cli {

// The path of this very program.
std::string own_program();
// Beside this program, then in PATH, then in the sbin directories that PATH often lacks.
Outcome<std::string> find_program(const std::string& name, const std::string& advice);

struct ProgramResult {
  int exit_code = 0;   // 128 + signal if it was killed
  std::string output;  // stdout, and stderr if that is not kept apart
  std::string errors;  // stderr, if it is
  std::string first_line() const;
  std::string last_line() const;
};
// How long a program may take; then it is killed, with exit code 124 (as timeout(1) does).
struct Patience {
  int limit_s = 0;                // 0: for ever
  std::function<bool()> is_over;  // asked now and then; empty: it is not
};
struct ProgramOptions {
  std::string input;             // its stdin; empty: /dev/null
  size_t output_max = 64 << 10;  // bytes that are kept; the rest is read and forgotten
  bool keep_errors_apart = false;
  // A Ctrl-C at the terminal is for us alone: it is not to be left half done.
  bool own_session = false;
  Patience patience;
};
// Runs it to its end. arguments[0] is its path.
Outcome<ProgramResult> run_program(const std::vector<std::string>& arguments,
                                   const ProgramOptions& options = {});

// Starts it in a session of its own, with stdout and stderr appended to a file.
Outcome<pid_t> start_program(const std::vector<std::string>& arguments,
                             const std::string& output_file);

// The number in a pid file; nothing if there is no such file or no number in it (yet).
std::optional<pid_t> read_pid_file(const std::string& path);

// What a process must be to be taken for ours: a pid alone may belong to anybody by now.
struct ProcessIdentity {
  std::string program;   // file name of its executable
  std::string argument;  // one of its arguments
};
bool is_process(pid_t pid, const ProcessIdentity& identity);
// The process that a pid file means, if it lives.
std::optional<pid_t> running(const std::string& pid_file, const ProcessIdentity& identity);

// Also right for a child that was started just now, of which /proc tells nothing yet.
bool has_ended(pid_t pid, const ProcessIdentity& identity);
// Waits for the end of a process that need not be our child. False: it still lives.
bool wait_for_end(pid_t pid, const ProcessIdentity& identity, int timeout_ms);
// SIGTERM, and SIGKILL if it is still there after `grace_ms`. Each only after checking who it is.
void stop_process(pid_t pid, const ProcessIdentity& identity, int grace_ms);

}  // namespace sheen::cli
