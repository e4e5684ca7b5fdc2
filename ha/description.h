// SPDX-License-Identifier: Apache-2.0
#pragma once

// Description: what an administrator writes about one Pacemaker cluster of Sheen servers, in TOML
// (docs/operations.md has every key). What it leaves out has the values that suit Sheen. A
// value; any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::ha {

struct FenceDevice {
  std::string agent;                           // "fence_ipmilan"
  std::map<std::string, std::string> options;  // of the agent, by name
  // Before this node is shot. Without it the nodes' delays differ by five seconds each, so that two
  // which only lost sight of one another do not both die. Where they differ by less than the device
  // needs, both may.
  std::optional<int64_t> delay_s;
};

struct Node {
  std::string name;
  std::vector<std::string> addresses;  // of corosync's links, in their order
  std::vector<FenceDevice> fence;      // of this node, tried in this order
};

struct FileSystem {
  std::string name;
  std::vector<std::string> mgs;  // nodes, as `sheen --mgs` takes them
};

struct Target {
  TargetLabel label;
  std::vector<std::string> nodes;                 // that may serve it, the preferred one first
  std::map<std::string, std::string> parameters;  // of ocf:sheen:target, besides `target`
  int64_t start_timeout_s = 120;
  int64_t stop_timeout_s = 120;

  std::string name() const { return label.to_string(); }
};

struct Description {
  std::string cluster;
  int64_t token_ms = 3000;  // corosync's
  std::vector<Node> nodes;
  std::vector<FileSystem> filesystems;
  std::vector<Target> targets;
  std::vector<std::string> network_peers;  // HOST:PORT; empty: the network is not watched

  const FileSystem* filesystem(std::string_view name) const;

  // kInvalid: with the line, or the key, and what it must be.
  static Result<Description> parse(std::string_view toml);
  static Result<Description> load(const std::string& path);
};

// The id of a node's fence device; `level` from 0.
std::string fence_id(const Node& node, size_t level);
// kInvalid: names a node that nothing could fence.
Status check_fencing(const Description& description);

}  // namespace sheen::ha
