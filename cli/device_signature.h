// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a block device holds, as wipefs(8) sees it: it knows partition tables and members of arrays
// as well as file systems. Runs that program and blocks for at most 20 s; any thread.

#include <optional>
#include <string>

#include "cli/outcome.h"

namespace sheen::cli {

struct DeviceSignature {
  std::string type;   // "ext4", "xfs", "dos"
  std::string label;  // of a file system; may be empty
};

// The first one; nothing if there is none.
Outcome<std::optional<DeviceSignature>> signature_on(const std::string& device);

}  // namespace sheen::cli
