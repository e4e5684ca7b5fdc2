// SPDX-License-Identifier: Apache-2.0
#pragma once

// The demo: one MGS, one MDS and some OSSs as separate processes on 127.0.0.1, their targets in
// directories, and a mount, all below one directory:
//
//   DIR/targets/LABEL    the targets                 DIR/run/LABEL.pid      while it serves
//   DIR/log/LABEL.log    each process's log          DIR/run/client.pid     of the mount
//   DIR/mnt              the mount                   DIR/run/supervisor.pid of what restarts
//   DIR/.sheen-demo      says that DIR is a demo's   servers
//
// The targets themselves are the configuration: whatever is formatted in DIR/targets is started.
// Each function is one subcommand; one thread.

#include <string>

#include "cli/context.h"

namespace sheen::cli::demo {

struct Options {
  std::string directory;
  std::string fsname;  // empty: "demo", or what is there
  unsigned osts = 4;
  unsigned base_port = 0;  // 0: the usual ports
  bool unlock_unsafe = false;
  bool force = false;
};

ExitOutcome up(const Context& context, const Options& options);
ExitOutcome down(const Context& context, const Options& options);
ExitOutcome clean(const Context& context, const Options& options);
ExitOutcome status(const Context& context, const Options& options);
// Runs until SIGTERM: starts the servers, starts again what ended. SIGHUP: looks for new targets.
ExitOutcome supervise(const Context& context, const Options& options);

}  // namespace sheen::cli::demo
