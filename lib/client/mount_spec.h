// SPDX-License-Identifier: Apache-2.0
#pragma once

// What follows "mount -t sheen": `host[:host2...]:/fsname`, the MGS's nodes and the file system's
// name, as Lustre writes it. An IPv6 address stands in brackets. The MGS's port is not part of it:
// it is an option (mgsport=) that holds for all nodes. A value; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen::client {

struct MountSpec {
  std::vector<std::string> hosts;  // without brackets
  std::string fsname;

  static Result<MountSpec> parse(std::string_view text);
  // "host", or "host:port" if port is not 0, as rpc::mgs_addresses() takes them.
  std::vector<std::string> mgs_nodes(uint16_t port) const;
  std::string to_string() const;  // the canonical form, as it stands in /proc/mounts
};

}  // namespace sheen::client
