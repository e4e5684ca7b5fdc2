// SPDX-License-Identifier: Apache-2.0
#pragma once

// The signals that the mount reads from a signalfd(2): SIGTERM, SIGINT and SIGHUP end it, SIGUSR1
// logs its counters. Blocked before any thread exists, so that all threads inherit it.

#include "lib/base/result.h"

namespace sheen::fuse {

// Blocks them, ignores SIGPIPE, and returns a non-blocking descriptor to read them from.
Result<int> block_signals();

}  // namespace sheen::fuse
