// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which addresses of a target an import tries, in which order. Pure function; any thread.

#include <string_view>
#include <vector>

#include "lib/rpc/import.h"

namespace sheen::rpc {

struct Candidate {
  net::Address control;
  net::Address bulk;  // empty: the target has none
  bool operator==(const Candidate&) const = default;
};

// The unix sockets first if the target runs on this host, not at all if it runs on another; then
// the rest in the given order, the standby ones last. Each with the bulk address that belongs to the
// same server.
std::vector<Candidate> connect_candidates(const TargetInfo& target, std::string_view own_host_id);

}  // namespace sheen::rpc
