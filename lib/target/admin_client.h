// SPDX-License-Identifier: Apache-2.0
#pragma once

// The asking side of the admin socket, for tools and the OCF agent. Blocks at most `timeout_ms`,
// whatever the daemon does. Any thread, one call at a time.
//
// Commands (docs/operations.md): ping | probe | log-level LEVEL | fault list | fault arm SPEC |
// fault disarm [NAME] | blackbox

#include <string>

#include "lib/base/result.h"

namespace sheen::target {

// The response's text. kNotConnected: no such daemon on this host. kTimedOut: it did not answer.
Result<std::string> ask_admin(const std::string& label, const std::string& command, int timeout_ms);

}  // namespace sheen::target
