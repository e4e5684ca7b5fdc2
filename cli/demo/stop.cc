// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/stop.h"

#include <fmt/format.h>
#include <unistd.h>

namespace sheen::cli::demo {
namespace {

constexpr int kServerGraceMs = 10'000;
// The supervisor gives its servers ten seconds before it kills them.
constexpr int kSupervisorGraceMs = 20'000;

void stop_server(const Server& server, Progress& progress) {
  if (const auto pid = running(server.pid_file, server.identity())) {
    progress.begin(fmt::format("stopping {} (pid {})", server.label, *pid));
    stop_process(*pid, server.identity(), kServerGraceMs);
    progress.end("done");
  }
  ::unlink(server.pid_file.c_str());
}

}  // namespace

void stop_servers(const Layout& layout, std::optional<pid_t> supervisor, Progress& progress) {
  if (supervisor) {
    progress.begin(fmt::format("stopping the servers and their supervisor (pid {})", *supervisor));
    stop_process(*supervisor, layout.supervisor_identity(), kSupervisorGraceMs);
    progress.end("done");
  }
  ::unlink(layout.supervisor_pid_file().c_str());
  for (const Server& server : layout.started()) stop_server(server, progress);
}

}  // namespace sheen::cli::demo
