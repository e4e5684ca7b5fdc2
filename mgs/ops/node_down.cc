// SPDX-License-Identifier: Apache-2.0
// NodeDown: the cluster of a pair says that it has fenced one of its nodes. Everybody who uses a
// target that was started there last hears of it, and looks for that target elsewhere at once
// instead of waiting until silence is conspicuous. Nothing is changed: who has heard of a newer
// place of the target by then is not disturbed.
#include <set>

#include "lib/base/log.h"
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {
namespace {

// A cluster may know its nodes by short names, and hosts themselves by long ones.
bool same_host(std::string_view a, std::string_view b) {
  return !a.empty() && (a == b || a.substr(0, a.find('.')) == b.substr(0, b.find('.')));
}

}  // namespace

Result<wire::NodeDownReplyT> node_down(Mgs& mgs, const OpContext&,
                                       const wire::NodeDownRequest& request) {
  const std::string host_name(wire::text(request.host_name()));
  if (host_name.empty()) return Error(Errc::kInvalid, "a node without a name");
  wire::NodeDownReplyT reply;
  SHEEN_ASSIGN(const auto fsnames, mgs.store().filesystems().names());
  for (const std::string& fsname : fsnames) {
    SHEEN_ASSIGN(const auto config, mgs.store().read(fsname));
    if (config == nullptr) continue;
    std::set<std::string> registered;
    for (const auto& target : config->targets)
      if (same_host(target->host_name, host_name)) registered.insert(target->host_name);
    for (const std::string& name : registered) reply.told += mgs.tell_node_down(fsname, name);
  }
  SHEEN_NOTICE("{} is said to be fenced; {} sessions were told", host_name, reply.told);
  return reply;
}

}  // namespace sheen::mgs::ops
