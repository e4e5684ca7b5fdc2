// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which TCP addresses a target binds: those of its service nodes that belong to this host. Resolves
// names, so it may block; called once at the start, before the lane runs.

#include <string>
#include <vector>

#include "lib/net/transport.h"
#include "lib/target/target_config.h"

namespace sheen::target {

struct ListenAddresses {
  std::vector<net::Address> control;
  std::vector<net::Address> bulk;  // OSTs only
};

// `override_host` (from --listen) replaces the service nodes. kNotFound if no service node is an
// address of this host: the target was started on a machine that it does not belong to.
Result<ListenAddresses> listen_addresses(const TargetConfig& config,
                                         const std::string& override_host);

}  // namespace sheen::target
