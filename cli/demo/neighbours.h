// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who else serves on this host: another demo, or servers that somebody started by hand. Two targets
// of one name or port cannot be served side by side. One thread.

#include <vector>

#include "cli/demo/layout.h"

namespace sheen::cli::demo {

// Complains if the name or a port of a server that is to be started is taken by another process,
// and says by which demo if it is one.
Outcome<void> check_neighbours(const Layout& layout, const std::vector<Server>& wanted);

}  // namespace sheen::cli::demo
