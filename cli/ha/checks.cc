// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/checks.h"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/ha/tools.h"
#include "cli/process.h"
#include "ha/agent_parameters.h"

namespace sheen::cli {
namespace {

class Agents {
 public:
  Outcome<void> check(const std::string& agent, const std::map<std::string, std::string>& given,
                      const std::string& whose) {
    if (!known_.contains(agent)) {
      const auto metadata = run_tool({"crm_resource", "--show-metadata", agent});
      if (!metadata)
        return Complaint{metadata.error().exit_code,
                         fmt::format("{} is not installed on this node", agent), whose,
                         "install it on all nodes"};
      SHEEN_ASSIGN(known_[agent], at(agent, ha::parameters_in(*metadata)));
    }
    const std::set<std::string>& has = known_[agent];
    for (const auto& [name, value] : given) {
      // Those are Pacemaker's own, for every fence device.
      if (has.contains(name) || name.starts_with("pcmk_")) continue;
      return Complaint{kExitUsage, fmt::format("{} has no parameter '{}'", agent, name), whose,
                       fmt::format("it has {}", fmt::join(has, ", "))};
    }
    return {};
  }

 private:
  std::map<std::string, std::set<std::string>> known_;
};

// As Pacemaker runs it: options on stdin (Fence Agent API).
Outcome<void> check_answers(const ha::Node& node, const ha::FenceDevice& device) {
  SHEEN_ASSIGN(const std::string program, find_program(device.agent, "install the fence agent"));
  std::string input = "action=monitor\n";
  for (const auto& [name, value] : device.options)
    if (!name.starts_with("pcmk_")) input += fmt::format("{}={}\n", name, value);
  SHEEN_ASSIGN(const ProgramResult result,
               run_program({program}, {.input = input, .patience = {.limit_s = 60}}));
  if (result.exit_code == 0) return {};
  return Complaint{kExitFailed,
                   fmt::format("its fence device does not answer: {}", result.last_line()),
                   node.name, "mend it or its options: without fencing nothing is taken over"};
}

}  // namespace

Outcome<void> check_parameters(const ha::Description& description) {
  Agents agents;
  for (const ha::Node& node : description.nodes)
    for (const ha::FenceDevice& device : node.fence)
      SHEEN_TRY(agents.check("stonith:" + device.agent, device.options, node.name));
  for (const ha::Target& target : description.targets)
    SHEEN_TRY(agents.check("ocf:sheen:target", target.parameters, target.name()));
  return {};
}

Outcome<void> check_fence_devices(const ha::Description& description) {
  if (const Status fenced = ha::check_fencing(description); !fenced)
    return Complaint{kExitUsage,
                     fenced.error().detail(),
                     {},
                     "describe its fence device, or say --test-cluster"};
  for (const ha::Node& node : description.nodes)
    for (const ha::FenceDevice& device : node.fence) SHEEN_TRY(check_answers(node, device));
  return {};
}

}  // namespace sheen::cli
