// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of this machine, for status displays and for telling restarts of a process from restarts of
// its host. Any thread.

#include <string>

namespace sheen::target {

std::string host_name();  // gethostname(2)
std::string boot_id();    // /proc/sys/kernel/random/boot_id, "" if unreadable

}  // namespace sheen::target
