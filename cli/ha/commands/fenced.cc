// SPDX-License-Identifier: Apache-2.0
// sheen ha fenced NODE: tells the MGS that the cluster has fenced a node, so that clients look for
// its targets elsewhere at once. ocf-agents/alert calls it. Any user may: it is a hint.
#include <fmt/format.h>

#include "cli/admin_session.h"
#include "cli/ha/ha.h"
#include "cli/mgs_place.h"

namespace sheen::cli {
namespace {

ExitOutcome tell(const Context& context, const std::string& node) {
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  wire::NodeDownRequestT request;
  request.host_name = node;
  const auto reply = session.call<wire::NodeDownRequest>(mgs.target(), request);
  if (!reply)
    return Complaint{kExitUnreachable, plain_words(reply.error(), mgs.to_string()), mgs.to_string(),
                     "clients find out by themselves, later"};
  const uint32_t told = (*reply)->told();
  print(context, Json::object().set("node", node).set("told", told),
        fmt::format("{} sessions were told that {} is dead\n", told, node));
  return kExitOk;
}

}  // namespace

void add_ha_fenced(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand("fenced", "tell the MGS that a node was fenced (for alerts)");
  auto node = std::make_shared<std::string>();
  command->add_option("NODE", *node)->required();
  command->callback(
      [&context, node] { context.action = [&context, node] { return tell(context, *node); }; });
}

}  // namespace sheen::cli
