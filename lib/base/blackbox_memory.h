// SPDX-License-Identifier: Apache-2.0
#pragma once

// The shared memory of libqb's blackboxes. libqb keeps each one in two files,
// "qb-IDENTITY-PID-blackbox-data" and "-header" in /dev/shm (qbrb.h, qblog.h), and only a process
// that ends by itself removes its own. A target that is killed again and again would fill the
// memory of its node. Any thread.

#include <string>
#include <string_view>

namespace sheen::log {

inline constexpr const char* kSharedMemory = "/dev/shm";

// Removes what processes with this identity that are no more have left. Best effort: what cannot
// be removed stays. Files of other identities are never touched.
void remove_left_blackboxes(const std::string& directory, std::string_view identity);

}  // namespace sheen::log
