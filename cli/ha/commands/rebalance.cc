// SPDX-License-Identifier: Apache-2.0
// sheen ha rebalance: targets back to where they are preferred, one after the other. Exit code 1 if
// one could not be moved.
#include <algorithm>

#include <fmt/format.h>

#include "cli/ha/ha.h"
#include "ha/placement.h"

namespace sheen::cli {
namespace {

struct RebalanceOptions {
  std::vector<std::string> targets;
  bool dry_run = false;
};

ExitOutcome rebalance(const Context& context, const RebalanceOptions& options) {
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  for (const std::string& label : options.targets) SHEEN_TRY(find_target(state, label));
  Json moves = Json::array();
  std::string text;
  std::vector<Complaint> complaints;
  for (const ha::ResourceState& resource : state.resources) {
    const auto& wanted = options.targets;
    const bool asked =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), resource.id) != wanted.end();
    if (!resource.is_target() || !asked) continue;
    const std::string node = ha::better_node(cib, state, resource);
    if (node.empty()) {
      const auto nodes = ha::nodes_of(cib, resource.id);
      if (resource.runs() && !nodes.empty() && resource.nodes.front() != nodes.front())
        text += fmt::format("{} stays on {}: {}\n", resource.id, resource.nodes.front(),
                            ha::explain(cib, state, resource).why);
      continue;
    }
    if (!options.dry_run) {
      // One that stays where it is, where it serves, keeps no other from going back.
      if (auto moved = move_target(resource.id, node); !moved) {
        complaints.push_back(std::move(moved.error()));
        continue;
      }
    }
    text += fmt::format("{}: {} -> {}\n", resource.id, resource.nodes.front(), node);
    moves.push(Json::object()
                   .set("target", resource.id)
                   .set("from", resource.nodes.front())
                   .set("to", node));
  }
  if (text.empty() && complaints.empty()) text = "nothing to move\n";
  print(context, Json::object().set("moves", std::move(moves)).set("dry_run", options.dry_run),
        text);
  for (const Complaint& one : complaints) report(context, one);
  return complaints.empty() ? kExitOk : kExitFailed;
}

}  // namespace

void add_ha_rebalance(CLI::App& ha, Context& context) {
  auto* command =
      ha.add_subcommand("rebalance", "move targets back to the nodes where they are preferred");
  auto options = std::make_shared<RebalanceOptions>();
  command->add_option("TARGET", options->targets, "only these");
  command->add_flag("--dry-run", options->dry_run, "say what would be moved, and move nothing");
  command->callback([&context, options] {
    context.action = [&context, options] { return rebalance(context, *options); };
  });
}

}  // namespace sheen::cli
