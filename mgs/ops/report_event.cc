// SPDX-License-Identifier: Apache-2.0
// ReportEvent: the cluster of a pair says, through its alert agent, what happened in it. The event
// is kept for `sheen events list`. If a node was fenced, everybody who uses a target that was started
// there last hears of it, and looks for that target elsewhere at once instead of waiting until
// silence is conspicuous. Nothing else is changed by it: who has heard of a newer place of the
// target by then is not disturbed.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lib/base/log.h"
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {
namespace {

constexpr size_t kNameMax = 255;
constexpr size_t kTextMax = 1024;

// People see it on their terminals as it is.
bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

Status check(const wire::ClusterEventT& event) {
  if (event.kind < static_cast<uint8_t>(wire::ClusterEventKind::kFencing) ||
      event.kind > static_cast<uint8_t>(wire::ClusterEventKind::kResource))
    return Error(Errc::kInvalid, fmt::format("{} is no kind of event", event.kind));
  if (event.node.empty()) return Error(Errc::kInvalid, "a node without a name");
  if (event.node.size() > kNameMax || event.resource.size() > kNameMax ||
      event.reporter.size() > kNameMax || event.text.size() > kTextMax)
    return Error(Errc::kInvalid,
                 fmt::format("longer than {} bytes of text, or {} of a name", kTextMax, kNameMax));
  for (const std::string& text : {event.node, event.resource, event.reporter, event.text})
    if (!is_plain(text)) return Error(Errc::kInvalid, "control characters in an event");
  return ok();
}

// A cluster may know its nodes by short names, and hosts themselves by long ones.
bool same_host(std::string_view a, std::string_view b) {
  return !a.empty() && (a == b || a.substr(0, a.find('.')) == b.substr(0, b.find('.')));
}

Result<uint32_t> tell_those_who_use(Mgs& mgs, const std::string& node) {
  uint32_t told = 0;
  SHEEN_ASSIGN(const auto fsnames, mgs.store().filesystems().names());
  for (const std::string& fsname : fsnames) {
    SHEEN_ASSIGN(const auto config, mgs.store().read(fsname));
    if (config == nullptr) continue;
    std::set<std::string> registered;
    for (const auto& target : config->targets)
      if (same_host(target->host_name, node)) registered.insert(target->host_name);
    for (const std::string& name : registered) told += mgs.tell_node_down(fsname, name);
  }
  return told;
}

}  // namespace

Result<wire::ReportEventReplyT> report_event(Mgs& mgs, const OpContext& ctx,
                                             const wire::ReportEventRequest& request) {
  if (request.event() == nullptr) return Error(Errc::kInvalid, "no event");
  wire::ClusterEventT event;
  request.event()->UnPackTo(&event);
  SHEEN_TRY(check(event));
  if (event.at <= 0) event.at = ctx.now;
  wire::ReportEventReplyT reply;
  SHEEN_ASSIGN(const bool known, mgs.events().is_told_by_another(event));
  if (!known) SHEEN_TRY(mgs.events().append(event));
  if (request.node_is_dead()) {
    SHEEN_ASSIGN(reply.told, tell_those_who_use(mgs, event.node));
    SHEEN_NOTICE("{} is said to be fenced; {} sessions were told", event.node, reply.told);
  }
  return reply;
}

}  // namespace sheen::mgs::ops
