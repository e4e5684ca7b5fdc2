// SPDX-License-Identifier: Apache-2.0
#pragma once

// On whose behalf a FUSE request is made. FUSE tells uid, gid and thread id; supplementary groups
// and capabilities are in /proc, where they are read while the caller waits for our answer, hence
// cannot change them. Any thread.

#include <cstdint>
#include <string_view>
#include <vector>

#include "client-fuse/fuse_api.h"
#include "lib/client/types.h"

namespace sheen::fuse {

// Everything a server needs for its own permission check.
client::Caller caller_of(fuse_req_t request);

// A fatal signal is about to end this thread: SIGKILL is pending, which the kernel adds to every
// thread of a process that any such signal ends. False if it cannot be told.
bool is_being_killed(uint32_t thread);

struct ProcessStatus {
  std::vector<uint32_t> groups;
  uint64_t effective_capabilities = 0;
  uint64_t pending_signals = 0;  // of the thread and of its process
};
// The text of /proc/PID/status.
ProcessStatus parse_process_status(std::string_view text);

}  // namespace sheen::fuse
