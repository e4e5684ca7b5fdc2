// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command line of the server daemons.

#include <optional>
#include <string>
#include <vector>

#include "lib/base/log.h"

namespace sheen::target {

struct DaemonOptions {
  std::string target;  // directory
  std::string listen;  // host or address instead of the target's service nodes
  std::string log_file;
  std::string log_level = "info";
  std::string pid_file;
  std::string blackbox_directory;
  std::string run_directory = "/run/sheen";
  bool foreground = false;
  bool unlock_unsafe = false;
  std::vector<std::string> faults;  // armed before the target starts
  unsigned io_threads = 2;
};

// Prints help or what is wrong and returns the exit code, or fills `out`.
std::optional<int> parse_daemon_options(int argc, char** argv, const std::string& program,
                                        DaemonOptions& out);

}  // namespace sheen::target
