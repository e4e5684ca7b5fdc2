// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asking a server process of this host over its admin socket. Blocks for two seconds at most. Any
// thread.

#include <string>

#include "cli/json.h"
#include "cli/outcome.h"

namespace sheen::cli {

// The answer, which is JSON. kExitUsage if `label` is no target label.
Outcome<Json> ask_admin_socket(const std::string& label, const std::string& command);

}  // namespace sheen::cli
