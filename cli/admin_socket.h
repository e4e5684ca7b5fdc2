// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asking a server process of this host over its admin socket. Blocks for `timeout_ms` at most. Any
// thread.

#include <string>

#include "cli/json.h"
#include "cli/outcome.h"

namespace sheen::cli {

inline constexpr int kAdminTimeoutMs = 2000;

// The answer, which is JSON. kExitUsage if `label` is no target label.
Outcome<Json> ask_admin_socket(const std::string& label, const std::string& command,
                               int timeout_ms = kAdminTimeoutMs);

}  // namespace sheen::cli
