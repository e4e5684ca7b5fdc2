// SPDX-License-Identifier: Apache-2.0
#pragma once

// Layout: where a demo keeps what, and who its processes are. A value; any thread.

#include <string>
#include <vector>

#include "cli/outcome.h"
#include "cli/process.h"
#include "lib/target/target_config.h"

namespace sheen::cli::demo {

struct Server {
  std::string label;
  std::string program;    // "sheen-oss"
  std::string directory;  // of the target
  std::string pid_file;
  std::string log_file;
  std::string output_file;  // what it prints: nothing, unless it cannot start or crashes
  uint16_t port = 0;
  TargetKind kind{};

  // By an argument that nobody gives it but the supervisor.
  ProcessIdentity identity() const { return {program, pid_file}; }
};

class Layout {
 public:
  // Makes the path absolute; the directory need not exist.
  static Outcome<Layout> at(const std::string& directory);

  const std::string& directory() const { return directory_; }
  std::string marker() const { return directory_ + "/.sheen-demo"; }
  std::string targets() const { return directory_ + "/targets"; }
  std::string run() const { return directory_ + "/run"; }
  std::string log() const { return directory_ + "/log"; }
  std::string mountpoint() const { return directory_ + "/mnt"; }
  std::string supervisor_pid_file() const { return run() + "/supervisor.pid"; }
  std::string supervisor_log() const { return log() + "/supervisor.log"; }
  std::string client_pid_file() const { return run() + "/client.pid"; }
  std::string client_log() const { return log() + "/client.log"; }

  ProcessIdentity supervisor_identity() const;
  ProcessIdentity client_identity() const { return {"mount.sheen", mountpoint()}; }

  // The targets that are formatted there, the MGT first; half-formatted ones do not count. Empty if
  // there is no demo.
  Outcome<std::vector<Server>> servers() const;
  // Those that left a pid file: what may run, whatever became of the targets. Without directory and
  // port, which only the target knows.
  std::vector<Server> started() const;
  // A target's server here, formatted or not; without directory and port.
  Server server_of(const TargetLabel& label) const;

 private:
  explicit Layout(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

}  // namespace sheen::cli::demo
