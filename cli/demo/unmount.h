// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes the demo's mount away and ends its client. One thread.

#include "cli/demo/layout.h"
#include "cli/demo/progress.h"

namespace sheen::cli::demo {

struct UnmountOptions {
  bool keep_data = true;  // first what was written is made durable, which needs the servers
  bool force = false;     // although it is in use, although that fails
};

// Complains, and leaves the mount as it is, if it is somebody else's, in use, or if data would be
// lost.
Outcome<void> unmount(const Layout& layout, UnmountOptions options, Progress& progress);

}  // namespace sheen::cli::demo
