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

struct ProcessStatus {
  std::vector<uint32_t> groups;
  uint64_t effective_capabilities = 0;
};
// The text of /proc/PID/status.
ProcessStatus parse_process_status(std::string_view text);

}  // namespace sheen::fuse
