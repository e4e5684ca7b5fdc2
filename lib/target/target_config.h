// SPDX-License-Identifier: Apache-2.0
#pragma once

// target.toml: written by mkfs, read at every start. What the target is and where it may serve.

#include <string>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::target {

inline constexpr int kFormatVersion = 2;  // of a target's directory; a newer one is refused

struct TargetConfig {
  TargetLabel label;
  Uuid uuid;
  int format_version = kFormatVersion;
  std::vector<std::string> service_nodes;  // host names or addresses of the nodes that may serve it
  uint16_t port = 0;                       // control; an OST's bulk port is the next one
  std::vector<std::string> mgs_nodes;      // "host" or "host:port"; empty on the MGT
  std::string mount_options;               // of its block device; empty: the mount's defaults

  static Result<TargetConfig> load(const std::string& directory);
  Status save(const std::string& directory) const;  // durable: written aside, synced, renamed
};

}  // namespace sheen::target
