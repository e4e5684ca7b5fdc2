// SPDX-License-Identifier: Apache-2.0
#pragma once

// What main() of sheen-mgs, sheen-mds and sheen-oss is: options, log, daemonising, the control
// thread (qb_loop: signals, admin socket) and the lane's thread.
//
// Exit codes: 0 stopped on request; 1 could not start, or the target can no longer vouch for its
// state; 2 wrong usage. Not daemonised (--foreground) or not, the command returns to its caller
// only when the target accepts connections, or has said in one line why it does not.

#include <string>

#include "lib/target/lane.h"

namespace sheen::target {

struct DaemonKind {
  std::string program;  // "sheen-mds"
  TargetKind target_kind{};
  RoleFactory make_role = nullptr;
};

int run_daemon(int argc, char** argv, const DaemonKind& kind);

}  // namespace sheen::target
