// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ends the demo's servers. Only processes of our own pid files are signalled, after a look at who
// they are. One thread.

#include <optional>

#include "cli/demo/layout.h"
#include "cli/demo/progress.h"

namespace sheen::cli::demo {

// The supervisor, if there is one, which stops its servers; then whatever of ours still runs.
void stop_servers(const Layout& layout, std::optional<pid_t> supervisor, Progress& progress);

}  // namespace sheen::cli::demo
