// SPDX-License-Identifier: Apache-2.0
#pragma once

// The mounts of this process's namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)):
// nothing here asks a file system, so nothing hangs when one does not answer. Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen {

struct MountRow {
  std::string device;  // "0:53"
  std::string mountpoint;
  std::string type;
  std::string source;
};

Result<std::string> read_mountinfo();
// In the order of the text: of two rows with one mountpoint, the later lies on top.
std::vector<MountRow> parse_mount_rows(std::string_view mountinfo);

}  // namespace sheen
