// SPDX-License-Identifier: Apache-2.0
#pragma once

// One file system as the MGS describes it, and the state of its targets as they tell themselves.
// One thread, the AdminSession's.

#include <optional>
#include <string>
#include <vector>

#include "cli/admin_session.h"
#include "cli/mgs_place.h"

namespace sheen::cli {

// From the MGS; the fsname may be left open if it knows only one. Complains with kExitUnreachable
// if the MGS does not answer.
Outcome<rpc::ClusterMap> fetch_map(AdminSession& session, const MgsPlace& mgs);

struct TargetReport {
  std::string label;
  std::string host_name;                           // where it was started last
  Epoch epoch = 0;                                 // as registered
  std::optional<wire::TargetStatusReplyT> status;  // absent: see `down`
  std::string down;                                // "no answer", "never started", ...
};

// Asks the MGS itself (first in the result) and every target of the map, all at once. Whoever has
// not answered after `timeout_ns` is down.
std::vector<TargetReport> ask_targets(AdminSession& session, const MgsPlace& mgs,
                                      const rpc::ClusterMap& map, int64_t timeout_ns);

}  // namespace sheen::cli
