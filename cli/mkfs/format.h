// SPDX-License-Identifier: Apache-2.0
#pragma once

// Formatting a target: in a directory of a mounted file system, or on a block device, which gets a
// file system first. A formatted target holds target.toml and no data; its daemon makes its
// database at the first start. One thread.

#include <string>

#include "cli/outcome.h"
#include "lib/target/target_config.h"

namespace sheen::cli {

// Makes the directory and its parents if they are not there, and keeps others out of it: what they
// may not read on a mount lies there. Complains if it holds data; with
// `reformat`, a Sheen target in it is destroyed, unless it is being served. If anything else is
// there, nothing is touched.
Outcome<void> format_directory(const std::string& directory, const target::TargetConfig& config,
                               bool reformat);
// ext4 or XFS. True as well if that cannot be found out.
bool is_on_supported_filesystem(const std::string& directory);

// A target's directory is its owner's only.
Outcome<void> keep_others_out(const std::string& directory);

// Whether a target's file system can be called this: after it, on XFS cut to its 12 characters, or
// whatever an administrator calls it; but not after another target.
bool may_be_named(const std::string& name, const TargetLabel& label);

struct DeviceOptions {
  std::string device;
  std::string fstype = "ext4";  // or xfs
  bool reformat = false;        // although a signature of something is on it
};
// config.mount_options are used for writing target.toml too. Leaves nothing mounted.
Outcome<void> format_device(const DeviceOptions& options, const target::TargetConfig& config);

}  // namespace sheen::cli
