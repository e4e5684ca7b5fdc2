// SPDX-License-Identifier: Apache-2.0
// sheen, the administrator's and user's command; under the name mkfs.sheen, its subcommand mkfs.
#include <csignal>

#include "cli/app.h"

int main(int argc, char** argv) {
  // Whoever started us may ignore it, and exec(2) keeps that: the exit codes of the programs that
  // we run would be lost.
  std::signal(SIGCHLD, SIG_DFL);
  return sheen::cli::run(argc, argv);
}
