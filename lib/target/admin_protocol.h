// SPDX-License-Identifier: Apache-2.0
#pragma once

// The admin socket's messages: libqb IPC, one request, one response. The structs are shared by
// tools and daemons of one node, which may differ in version during an upgrade: fixed header first,
// a version in it, then text. Requests are words ("fault arm NAME=ACTION"), responses are JSON or
// one plain sentence if `status` is not 0.

#include <cstdint>
#include <string>

#include "lib/base/ids.h"

namespace sheen::target {

inline constexpr int32_t kAdminMessageId = 1;
inline constexpr uint32_t kAdminVersion = 1;
inline constexpr size_t kAdminTextMax = 60 * 1024;
inline constexpr size_t kAdminBufferBytes = 64 * 1024;

// The name of a target's admin socket (abstract, per network namespace).
inline std::string admin_socket_name(const std::string& label) { return "sheen-" + label; }

}  // namespace sheen::target
