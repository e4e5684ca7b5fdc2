// SPDX-License-Identifier: Apache-2.0
#pragma once

// SHEEN_ASSERT guards our own invariants and is compiled into every build. It must never be
// reachable by bytes from disk, network or a user: those are errors, not assertions.

namespace sheen {
// Logs the failed expression, dumps the blackbox and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace sheen

#define SHEEN_ASSERT(expression) \
  ((expression) ? (void)0 : ::sheen::assertion_failed(#expression, __FILE__, __LINE__))
