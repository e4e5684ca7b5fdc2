// SPDX-License-Identifier: Apache-2.0
#pragma once

// ClusterMap: one file system's configuration as received from the MGS, in plain structs. A value.
// Used by clients, servers and tools.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/ids.h"
#include "lib/rpc/import.h"
#include "lib/wire/codec.h"

namespace sheen::rpc {

// Default TCP ports: outside of ip_local_port_range, where a connect to a port without a listener
// can reach itself.
inline constexpr uint16_t kMgsPort = 7988;
uint16_t default_port(const TargetLabel& label);  // MDT: 8000 + index; OST: 9000 + 2 * index

// "tcp://10.0.0.1:7988" for each MGS node given as "host" or "host:port".
std::vector<net::Address> mgs_addresses(const std::vector<std::string>& mgs_nodes);

struct TargetState {
  TargetLabel label;
  TargetInfo info;
  std::vector<std::string> service_nodes;
  uint32_t pid = 0;
  std::string host_name;
};

struct SequenceOwner {
  uint32_t first = 0;
  uint32_t count = 0;
  uint16_t mdt = 0;
};

struct ClusterMap {
  std::string fsname;
  uint64_t version = 0;
  std::vector<TargetState> targets;  // by label
  std::map<std::string, std::string> params;
  std::vector<SequenceOwner> sequences;  // by first, as mdt_of() needs them

  const TargetState* find(TargetKind kind, uint16_t index) const;
  // The MDT that owns a fid; MDT0000 owns the well-known ones.
  std::optional<uint16_t> mdt_of(Fid fid) const;

  static Result<ClusterMap> from(const wire::FsConfig& config);
  wire::FsConfigT to_wire() const;
};

}  // namespace sheen::rpc
