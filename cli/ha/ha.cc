// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/ha.h"

#include <filesystem>

#include <fmt/format.h>

namespace sheen::cli {
namespace {

// What crm_resource and pcs leave when they are told to move or to ban.
std::vector<std::string> operators_constraints(const ha::Cib& cib, const std::string& resource) {
  std::vector<std::string> out;
  for (const pugi::xml_node location : cib.all("rsc_location"))
    if (ha::attribute(location, "rsc") == resource &&
        ha::attribute(location, "id").starts_with("cli-"))
      out.emplace_back(ha::attribute(location, "id"));
  return out;
}

}  // namespace

Outcome<ha::Description> load_description(const std::string& path) {
  auto description = ha::Description::load(path);
  if (description) return std::move(*description);
  return Complaint{kExitUsage,
                   description.code() == Errc::kInvalid ? description.error().detail()
                                                        : description.error().message(),
                   {},
                   "docs/operations.md says how to describe a cluster"};
}

Outcome<std::optional<ha::Description>> load_description_if_there(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::optional<ha::Description>();
  SHEEN_ASSIGN(ha::Description description, load_description(path));
  return std::optional<ha::Description>(std::move(description));
}

void add_description_option(CLI::App* command, std::string& path) {
  command->add_option("--file", path, "the description of the cluster")->capture_default_str();
}

Outcome<const ha::ResourceState*> find_target(const ha::ClusterState& state,
                                              const std::string& label) {
  const ha::ResourceState* found = state.resource(label);
  if (found != nullptr && found->is_target()) return found;
  return Complaint{kExitUsage, "the cluster has no such target", label, "see sheen ha status"};
}

Outcome<const ha::NodeState*> find_node(const ha::ClusterState& state, const std::string& name) {
  const ha::NodeState* found = state.node(name);
  if (found != nullptr) return found;
  return Complaint{kExitUsage, "the cluster has no such node", name, "see sheen ha status"};
}

Outcome<void> move_target(const std::string& label, const std::string& node,
                          const Patience& patience) {
  // pcs takes its constraint away again when the target has arrived, and refuses if it would not
  // stay there without. One that it could not take away is not to stay; an older one is not ours.
  SHEEN_ASSIGN(const ha::Cib before, live_cib());
  const auto moved = run_pcs({"resource", "move", label, node}, patience);
  if (!moved) {
    SHEEN_ASSIGN(const ha::Cib after, live_cib());
    for (const std::string& id : operators_constraints(after, label))
      if (before.find("rsc_location", id).empty()) SHEEN_TRY(run_pcs({"constraint", "remove", id}));
    return Complaint{moved.error().exit_code, moved.error().what, label, "see sheen ha status"};
  }
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::ResourceState* target, find_target(state, label));
  if (target->nodes == std::vector<std::string>{node}) return {};
  return Complaint{kExitFailed, fmt::format("it does not run on {}", node), label,
                   "see sheen ha status"};
}

}  // namespace sheen::cli
