// SPDX-License-Identifier: Apache-2.0
#pragma once

// What follows "mount -t sheen": `host[:port][:host2[:port2]...]:/fsname`, the MGS's nodes and the
// file system's name, as Lustre writes it. A part that is all digits is the port of the host before
// it; an IPv6 address stands in brackets. A value; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen::client {

struct MgsNode {
  std::string host;   // without brackets
  uint16_t port = 0;  // 0: not said

  bool operator==(const MgsNode&) const = default;
};

struct MountSpec {
  std::vector<MgsNode> nodes;
  std::string fsname;

  static Result<MountSpec> parse(std::string_view text);
  // "host" or "host:port", as rpc::mgs_addresses() takes them; the usual port is left out.
  std::vector<std::string> mgs_nodes() const;
  // For the nodes that have none.
  void set_port(uint16_t port);
  // As it stands in /proc/mounts, where tools find the MGS by it.
  std::string to_string() const;

  bool operator==(const MountSpec&) const = default;
};

}  // namespace sheen::client
