// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/candidates.h"

#include <algorithm>

namespace sheen::rpc {
namespace {

net::Address bulk_for(const std::vector<net::Address>& control,
                      const std::vector<net::Address>& bulk, size_t control_index) {
  if (bulk.empty()) return {};
  // An ipc address has no host: all of those are of one.
  const std::string_view host = net::host_of(control[control_index]);
  const auto same = std::find_if(bulk.begin(), bulk.end(),
                                 [&](const auto& one) { return net::host_of(one) == host; });
  if (same != bulk.end()) return *same;
  return bulk[control_index % bulk.size()];
}

}  // namespace

std::vector<Candidate> connect_candidates(const TargetInfo& target, std::string_view own_host_id) {
  // Without a host id the addresses were given by somebody who knows what can be reached from here.
  const bool ipc_usable = target.host_id.empty() || target.host_id == own_host_id;
  std::vector<Candidate> out;
  for (const bool ipc : {true, false}) {
    if (ipc && !ipc_usable) continue;
    for (size_t i = 0; i < target.control.size(); ++i)
      if (net::is_ipc(target.control[i]) == ipc)
        out.push_back({target.control[i], bulk_for(target.control, target.bulk, i)});
  }
  for (size_t i = 0; i < target.standby_control.size(); ++i)
    out.push_back(
        {target.standby_control[i], bulk_for(target.standby_control, target.standby_bulk, i)});
  return out;
}

}  // namespace sheen::rpc
