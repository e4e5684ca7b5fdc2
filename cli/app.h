// SPDX-License-Identifier: Apache-2.0
#pragma once

// The sheen command: understands the command line, runs one subcommand, prints its complaint, and
// returns the process's exit code. Called once, by main().

namespace sheen::cli {

int run(int argc, char** argv);

}  // namespace sheen::cli
