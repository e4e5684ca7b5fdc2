// SPDX-License-Identifier: Apache-2.0
// sheen ha: a cluster of servers under Pacemaker. Each subcommand has a file in cli/ha/commands.
#include <array>

#include "cli/ha/ha.h"

namespace sheen::cli {
namespace {

constexpr std::array kSubcommands = {
    add_ha_plan,   add_ha_apply,     add_ha_status, add_ha_move,  add_ha_drain,
    add_ha_return, add_ha_rebalance, add_ha_doctor, add_ha_drill,
};

}  // namespace

void add_ha(CLI::App& app, Context& context) {
  auto* ha = app.add_subcommand("ha", "a cluster of servers under Pacemaker");
  ha->require_subcommand(1);
  for (const auto add : kSubcommands) add(*ha, context);
}

}  // namespace sheen::cli
