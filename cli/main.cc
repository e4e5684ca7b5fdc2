// SPDX-License-Identifier: Apache-2.0
// sheen, the administrator's and user's command; under the name mkfs.sheen, its subcommand mkfs.
#include "cli/app.h"

int main(int argc, char** argv) { return sheen::cli::run(argc, argv); }
