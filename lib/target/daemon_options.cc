// SPDX-License-Identifier: Apache-2.0
#include "lib/target/daemon_options.h"

#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace sheen::target {

std::optional<int> parse_daemon_options(int argc, char** argv, const std::string& program,
                                        DaemonOptions& out) {
  CLI::App app("Serves one Sheen target.", program);
  app.add_option("--target", out.target, "directory of the target, as made by mkfs.sheen")
      ->required();
  app.add_option("--listen", out.listen,
                 "address to serve on instead of the target's service nodes");
  app.add_option("--log-file", out.log_file, "log to this file");
  app.add_option("--log-level", out.log_level, "error, warning, notice, info or debug");
  app.add_option("--pid-file", out.pid_file, "write the process id here once the target serves");
  app.add_option("--blackbox-dir", out.blackbox_directory,
                 "where to write the blackbox on a crash");
  app.add_option("--run-dir", out.run_directory,
                 "where a note stays, until the next boot, that a file system failed to write");
  app.add_flag("--foreground", out.foreground, "do not daemonise, log to stderr");
  app.add_flag("--unlock-unsafe", out.unlock_unsafe, "allow fault points to be armed (tests only)");
  app.add_option("--fault", out.faults, "arm a fault point at the start (needs --unlock-unsafe)");
  app.add_option("--io-threads", out.io_threads, "threads for file work of an OST")
      ->check(CLI::Range(1, 64));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}: {} (try --help)\n", program, error.what());
    return 2;
  }
  if (const auto level = log::parse_level(out.log_level); !level) {
    fmt::print(stderr, "{}: {}\n", program, level.error().message());
    return 2;
  }
  return std::nullopt;
}

}  // namespace sheen::target
