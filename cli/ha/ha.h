// SPDX-License-Identifier: Apache-2.0
#pragma once

// The subcommands of `sheen ha`, a file each in commands/, and what they share. One thread.

#include <string>

#include "cli/context.h"
#include "cli/ha/tools.h"
#include "ha/description.h"

namespace sheen::cli {

inline constexpr const char* kHaDescriptionFile = "/etc/sheen/ha.toml";

Outcome<ha::Description> load_description(const std::string& path);
// Nothing if there is no such file; a mistake in it is a Complaint.
Outcome<std::optional<ha::Description>> load_description_if_there(const std::string& path);
void add_description_option(CLI::App* command, std::string& path);

// A target by its label, as Pacemaker knows it.
Outcome<const ha::ResourceState*> find_target(const ha::ClusterState& state,
                                              const std::string& label);
Outcome<const ha::NodeState*> find_node(const ha::ClusterState& state, const std::string& name);

// Moves a target and waits until it serves there. Takes its constraint away again, also of a move
// that fails; if this node dies meanwhile, a cli-prefer one can stay, and the doctor finds it.
Outcome<void> move_target(const std::string& label, const std::string& node,
                          const Patience& patience = {.limit_s = 300});

void add_ha_apply(CLI::App& ha, Context& context);
void add_ha_doctor(CLI::App& ha, Context& context);
void add_ha_drain(CLI::App& ha, Context& context);
void add_ha_drill(CLI::App& ha, Context& context);
void add_ha_move(CLI::App& ha, Context& context);
void add_ha_plan(CLI::App& ha, Context& context);
void add_ha_rebalance(CLI::App& ha, Context& context);
void add_ha_return(CLI::App& ha, Context& context);
void add_ha_status(CLI::App& ha, Context& context);

}  // namespace sheen::cli
