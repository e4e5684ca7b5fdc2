// SPDX-License-Identifier: Apache-2.0
// sheen ha plan: what a description would change, and what Pacemaker would do about it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/ha/checks.h"
#include "cli/ha/ha.h"
#include "cli/ha/plan.h"
#include "cli/ha/show_plan.h"

namespace sheen::cli {
namespace {

struct PlanOptions {
  std::string file = kHaDescriptionFile;
  std::string cib;
  bool xml = false;
};

// Only said if there is no cluster yet: the first step is pcs's.
Complaint with_setup_command(Complaint complaint, const ha::Description& description) {
  std::string hosts;
  std::string names;
  for (const ha::Node& node : description.nodes) {
    names += " " + node.name;
    hosts += " " + node.name;
    for (const std::string& address : node.addresses) hosts += " addr=" + address;
  }
  complaint.advice = fmt::format(
      "if there is none yet: pcs host auth{} -u hacluster; pcs cluster setup {}{} totem token={}; "
      "pcs cluster start --all",
      names, description.cluster, hosts, description.token_ms);
  return complaint;
}

ExitOutcome show(const Context& context, const PlanOptions& options) {
  SHEEN_ASSIGN(const ha::Description description, load_description(options.file));
  SHEEN_ASSIGN(const Agents agents, installed_agents(description));
  SHEEN_TRY(check_parameters(description, agents));
  const auto plan = Plan::make(description, options.cib);
  if (!plan && plan.error().exit_code == kExitUnreachable)
    return with_setup_command(plan.error(), description);
  if (!plan) return plan.error();
  if (options.xml)
    fmt::print("{}", plan->configuration());
  else
    show_plan(context, *plan);
  if (options.cib.empty()) SHEEN_TRY(check_devices(description, plan->live()));
  return kExitOk;
}

}  // namespace

void add_ha_plan(CLI::App& ha, Context& context) {
  auto* command =
      ha.add_subcommand("plan", "what a description would change, and what Pacemaker would do");
  auto options = std::make_shared<PlanOptions>();
  add_description_option(command, options->file);
  command->add_option("--cib", options->cib, "plan on the configuration in this file");
  command->add_flag("--xml", options->xml, "print the whole new configuration");
  command->callback([&context, options] {
    context.action = [&context, options] { return show(context, *options); };
  });
}

}  // namespace sheen::cli
