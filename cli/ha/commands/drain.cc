// SPDX-License-Identifier: Apache-2.0
// sheen ha drain and sheen ha return: take a node out of service for maintenance, and back. A
// drained node stays a member; everything that it ran, the others run.
#include <algorithm>

#include <fmt/format.h>

#include "cli/ha/ha.h"
#include "ha/placement.h"

namespace sheen::cli {
namespace {

constexpr int kWaitSeconds = 300;

struct DrainOptions {
  std::string node;
  bool force = false;
};

// What would stop instead of move.
Outcome<void> check_others(const ha::Cib& cib, const ha::ClusterState& state,
                           const std::string& node) {
  for (const std::string& target : state.targets_on(node)) {
    const ha::ResourceState& resource = *state.resource(target);
    const auto nodes = ha::nodes_of(cib, resource.id);
    std::string why = "no other node may run it";
    const bool movable = std::any_of(nodes.begin(), nodes.end(), [&](const std::string& other) {
      if (other == node) return false;
      const auto reason = ha::obstacle(cib, state, resource, other);
      if (reason) why = reason->why;
      return !reason;
    });
    if (!movable)
      return Complaint{kExitFailed, fmt::format("it would stop: {}", why), resource.id,
                       "mend that first (sheen ha doctor), or say --force"};
  }
  return {};
}

std::string way_back(const std::string& node) {
  return fmt::format("{} is in standby; sheen ha return {} takes it back", node, node);
}

// What pcs did before it failed or gave up waiting stays done.
Outcome<void> put_in_standby(const std::string& node) {
  const auto done = run_pcs({"node", "standby", node, fmt::format("--wait={}", kWaitSeconds)});
  if (done) return {};
  Complaint complaint = done.error();
  complaint.target = node;
  const auto after = live_state();
  const ha::NodeState* now = after ? after->node(node) : nullptr;
  complaint.advice = now != nullptr && now->standby ? way_back(node) : "see sheen ha status";
  return complaint;
}

ExitOutcome drain(const Context& context, const DrainOptions& options) {
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState before, live_state());
  SHEEN_ASSIGN(const ha::NodeState* node, find_node(before, options.node));
  if (!options.force) SHEEN_TRY(check_others(cib, before, node->name));
  SHEEN_TRY(put_in_standby(node->name));
  SHEEN_ASSIGN(const ha::ClusterState after, live_state());
  const auto left = after.targets_on(node->name);
  if (!left.empty())
    return Complaint{kExitFailed, fmt::format("it still runs on {}", node->name), left.front(),
                     way_back(node->name)};
  std::string text;
  Json moved = Json::array();
  for (const std::string& target : before.targets_on(node->name)) {
    const ha::ResourceState* now = after.resource(target);
    if (now == nullptr) continue;  // somebody has removed it meanwhile
    if (!now->runs() && !options.force)
      return Complaint{kExitFailed,
                       fmt::format("it does not run: {}", ha::explain(cib, after, *now).why),
                       target, way_back(node->name)};
    const std::string where = now->runs() ? now->nodes.front() : "";
    text += where.empty() ? fmt::format("{} does not run\n", target)
                          : fmt::format("{} runs on {}\n", target, where);
    moved.push(Json::object().set("target", target).set("node", where));
  }
  print(context, Json::object().set("node", node->name).set("moved", std::move(moved)),
        fmt::format("{}{} is drained; sheen ha return {} takes it back\n", text, node->name,
                    node->name));
  return kExitOk;
}

ExitOutcome take_back(const Context& context, const DrainOptions& options) {
  SHEEN_ASSIGN(const ha::ClusterState before, live_state());
  SHEEN_ASSIGN(const ha::NodeState* node, find_node(before, options.node));
  if (!node->online)
    return Complaint{kExitFailed, fmt::format("it is {}", node->word()), node->name,
                     fmt::format("pcs cluster start {}", node->name)};
  SHEEN_TRY(run_pcs({"node", "unstandby", node->name, fmt::format("--wait={}", kWaitSeconds)}));
  print(context, Json::object().set("node", node->name),
        fmt::format("{} is back; targets stay where they are until sheen ha rebalance\n",
                    node->name));
  return kExitOk;
}

void add(CLI::App& ha, Context& context, const char* name, const char* what,
         ExitOutcome (*action)(const Context&, const DrainOptions&)) {
  auto* command = ha.add_subcommand(name, what);
  auto options = std::make_shared<DrainOptions>();
  command->add_option("NODE", options->node)->required();
  if (action == drain)
    command->add_flag("--force", options->force, "even if a target has nowhere to go, and stops");
  command->callback([&context, options, action] {
    context.action = [&context, options, action] { return action(context, *options); };
  });
}

}  // namespace

void add_ha_drain(CLI::App& ha, Context& context) {
  add(ha, context, "drain", "move everything off a node, for maintenance", drain);
}

void add_ha_return(CLI::App& ha, Context& context) {
  add(ha, context, "return", "let a drained node take part again", take_back);
}

}  // namespace sheen::cli
