// SPDX-License-Identifier: Apache-2.0
// sheen ha move: a planned move of one target.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/ha/ha.h"
#include "cli/table.h"
#include "ha/placement.h"
#include "lib/base/clock.h"

namespace sheen::cli {
namespace {

struct MoveOptions {
  std::string target;
  std::string node;
};

ExitOutcome move(const Context& context, const MoveOptions& options) {
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::ResourceState* target, find_target(state, options.target));
  const auto nodes = ha::nodes_of(cib, target->id);
  if (std::find(nodes.begin(), nodes.end(), options.node) == nodes.end())
    return usage(fmt::format("{} may not run {}", options.node, target->id),
                 fmt::format("its nodes are {}", fmt::join(nodes, ", ")));
  const bool is_there = target->runs() && target->nodes.front() == options.node;
  if (const auto reason = ha::obstacle(cib, state, *target, options.node); reason && !is_there)
    return Complaint{kExitFailed, reason->why, target->id, reason->clear};
  if (!target->runs())
    return Complaint{kExitFailed,
                     fmt::format("it does not run: {}", ha::explain(cib, state, *target).why),
                     target->id, ha::explain(cib, state, *target).clear};
  const SystemClock clock;
  const MonotonicNs start = clock.monotonic();
  if (!is_there) SHEEN_TRY(move_target(target->id, options.node));
  const auto took_ms = static_cast<uint64_t>((clock.monotonic() - start) / kMillisecond);
  print(context,
        Json::object().set("target", target->id).set("node", options.node).set("took_ms", took_ms),
        is_there ? fmt::format("{} is on {} already\n", target->id, options.node)
                 : fmt::format("{} is on {}, after {}\n", target->id, options.node,
                               format_duration_ms(took_ms)));
  return kExitOk;
}

}  // namespace

void add_ha_move(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand("move", "move a target to another node while it is used");
  auto options = std::make_shared<MoveOptions>();
  command->add_option("TARGET", options->target, "for instance demo-OST0003")->required();
  command->add_option("NODE", options->node)->required();
  command->callback([&context, options] {
    context.action = [&context, options] { return move(context, *options); };
  });
}

}  // namespace sheen::cli
