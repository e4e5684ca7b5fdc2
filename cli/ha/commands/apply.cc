// SPDX-License-Identifier: Apache-2.0
// sheen ha apply: makes the cluster's configuration what is described, in one change.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/ha/checks.h"
#include "cli/ha/ha.h"
#include "cli/ha/plan.h"
#include "cli/ha/show_plan.h"
#include "ha/placement.h"

namespace sheen::cli {
namespace {

struct ApplyOptions {
  std::string file = kHaDescriptionFile;
  bool test_cluster = false;
  bool remove = false;
  bool touch_others = false;
  int wait_s = 120;
};

// Everything started, or who is not and why.
Outcome<void> wait_for_targets(const ha::Description& description, int seconds) {
  // Its own complaint is only that time is over: what does not run says more.
  const auto settled = run_tool({"crm_resource", "--wait", fmt::format("--timeout={}s", seconds)});
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  for (const ha::Target& target : description.targets) {
    SHEEN_ASSIGN(const ha::ResourceState* resource, find_target(state, target.name()));
    if (resource->runs()) continue;
    const ha::Reason reason = ha::explain(cib, state, *resource);
    return Complaint{kExitFailed, fmt::format("applied, but it does not run: {}", reason.why),
                     target.name(), reason.clear};
  }
  return settled ? Outcome<void>() : settled.error();
}

ExitOutcome apply(const Context& context, const ApplyOptions& options) {
  SHEEN_ASSIGN(const ha::Description description, load_description(options.file));
  SHEEN_ASSIGN(const Agents agents, installed_agents(description));
  SHEEN_TRY(check_parameters(description, agents));
  if (!options.test_cluster) SHEEN_TRY(check_fence_devices(description, agents));
  SHEEN_ASSIGN(const Plan plan, Plan::make(description, {}));
  if (!plan.removed_targets().empty() && !options.remove)
    return Complaint{
        kExitUsage,
        fmt::format("not described any more: {}", fmt::join(plan.removed_targets(), ", ")),
        {},
        "describe them, or say --remove to stop them and take them out of the cluster"};
  if (const auto others = plan.touched_others(); !others.empty() && !options.touch_others)
    return Complaint{kExitFailed,
                     fmt::format("it would stop or move {}, which {} not Sheen's",
                                 fmt::join(others, ", "), others.size() == 1 ? "is" : "are"),
                     {},
                     "give it a location (pcs constraint location ... prefers ...), or say "
                     "--touch-others"};
  SHEEN_TRY(check_devices(description, plan.live()));
  if (plan.changes_anything()) SHEEN_TRY(plan.apply());
  show_plan(context, plan);
  SHEEN_TRY(wait_for_targets(description, options.wait_s));
  return kExitOk;
}

}  // namespace

void add_ha_apply(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand(
      "apply", "make the cluster's configuration what is described, in one change");
  auto options = std::make_shared<ApplyOptions>();
  add_description_option(command, options->file);
  command->add_flag("--test-cluster", options->test_cluster,
                    "do without working fencing; never with data that matters");
  command->add_flag("--remove", options->remove, "remove targets that are not described any more");
  command->add_flag("--touch-others", options->touch_others,
                    "even if resources that are not Sheen's are stopped or moved by it");
  command->add_option("--wait", options->wait_s, "seconds to wait for the targets to start")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command->callback([&context, options] {
    context.action = [&context, options] { return apply(context, *options); };
  });
}

}  // namespace sheen::cli
