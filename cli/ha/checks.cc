// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/checks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include "cli/device_signature.h"
#include "cli/ha/tools.h"
#include "cli/mkfs/format.h"
#include "cli/process.h"

namespace sheen::cli {
namespace {

constexpr const char* kTargetAgent = "ocf:sheen:target";

std::string fence_agent(const ha::FenceDevice& device) { return "stonith:" + device.agent; }

Outcome<void> add_agent(const std::string& name, const std::string& whose, Agents& agents) {
  if (agents.contains(name)) return {};
  const auto xml = run_tool({"crm_resource", "--show-metadata", name});
  if (!xml)
    return Complaint{xml.error().exit_code, fmt::format("{} is not installed on this node", name),
                     whose, "install it on all nodes"};
  SHEEN_ASSIGN(agents[name], at(name, ha::AgentMetadata::parse(*xml)));
  return {};
}

Outcome<void> check_given(const std::string& name, const Agents& agents,
                          const std::map<std::string, std::string>& given,
                          const std::string& whose) {
  const std::set<std::string>& has = agents.at(name).parameters;
  for (const auto& [key, value] : given) {
    // Those are Pacemaker's own, for every fence device.
    if (has.contains(key) || key.starts_with("pcmk_")) continue;
    return Complaint{kExitUsage, fmt::format("{} has no parameter '{}'", name, key), whose,
                     fmt::format("it has {}", fmt::join(has, ", "))};
  }
  return {};
}

// As Pacemaker runs it: options on stdin (Fence Agent API).
Outcome<ProgramResult> ask(const ha::FenceDevice& device, const std::string& words) {
  SHEEN_ASSIGN(const std::string program, find_program(device.agent, "install the fence agent"));
  std::string input = words;
  for (const auto& [name, value] : device.options)
    if (!name.starts_with("pcmk_")) input += fmt::format("{}={}\n", name, value);
  return run_program({program}, {.input = input, .patience = {.limit_s = 60}});
}

Outcome<void> check_answers(const ha::Node& node, const ha::FenceDevice& device,
                            const ha::AgentMetadata& agent) {
  constexpr const char* kAdvice = "mend it or its options: without fencing nothing is taken over";
  SHEEN_ASSIGN(const ProgramResult monitor, ask(device, "action=monitor\n"));
  if (monitor.exit_code != 0)
    return Complaint{kExitFailed,
                     fmt::format("its fence device does not answer: {}", monitor.last_line()),
                     node.name, kAdvice};
  // A device can be well and know nothing of this node. Who is told to call it otherwise
  // (pcmk_host_map) is not second-guessed.
  if (!agent.actions.contains("status") || device.options.contains("pcmk_host_map")) return {};
  std::string words = fmt::format("action=status\nnodename={}\n", node.name);
  for (const char* name : {"plug", "port"})
    if (agent.parameters.contains(name) && !device.options.contains("plug") &&
        !device.options.contains("port")) {
      words += fmt::format("{}={}\n", name, node.name);
      break;
    }
  SHEEN_ASSIGN(const ProgramResult status, ask(device, words));
  constexpr int kIsOff = 2;
  if (status.exit_code == 0 || status.exit_code == kIsOff) return {};
  return Complaint{kExitFailed,
                   fmt::format("its fence device does not know it: {} (action status says: {})",
                               device.agent, status.last_line()),
                   node.name, kAdvice};
}

Outcome<void> check_device(const ha::Target& target, const std::string& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0 || !S_ISBLK(info.st_mode))
    return Complaint{kExitFailed, fmt::format("{} is not a block device on this node", device),
                     target.name(), "correct its device, or connect the storage"};
  SHEEN_ASSIGN(const auto found, signature_on(device));
  if (!found)
    return Complaint{kExitFailed, fmt::format("nothing is on {}", device), target.name(),
                     "correct its device, or format it (sheen mkfs)"};
  if (found->label.empty() || may_be_named(found->label, target.label)) return {};
  return Complaint{kExitFailed, fmt::format("{} holds {}", device, found->label), target.name(),
                   "correct its device"};
}

}  // namespace

Outcome<Agents> installed_agents(const ha::Description& description) {
  Agents agents;
  for (const ha::Node& node : description.nodes)
    for (const ha::FenceDevice& device : node.fence)
      SHEEN_TRY(add_agent(fence_agent(device), node.name, agents));
  for (const ha::Target& target : description.targets)
    SHEEN_TRY(add_agent(kTargetAgent, target.name(), agents));
  return agents;
}

Outcome<void> check_parameters(const ha::Description& description, const Agents& agents) {
  for (const ha::Node& node : description.nodes)
    for (const ha::FenceDevice& device : node.fence)
      SHEEN_TRY(check_given(fence_agent(device), agents, device.options, node.name));
  for (const ha::Target& target : description.targets)
    SHEEN_TRY(check_given(kTargetAgent, agents, target.parameters, target.name()));
  return {};
}

Outcome<void> check_fence_devices(const ha::Description& description, const Agents& agents) {
  if (const Status fenced = ha::check_fencing(description); !fenced)
    return Complaint{kExitUsage,
                     fenced.error().detail(),
                     {},
                     "describe its fence device, or say --test-cluster"};
  for (const ha::Node& node : description.nodes)
    for (const ha::FenceDevice& device : node.fence)
      SHEEN_TRY(check_answers(node, device, agents.at(fence_agent(device))));
  return {};
}

Outcome<void> check_devices(const ha::Description& description, const ha::Cib& live) {
  SHEEN_ASSIGN(const std::string own, own_node());
  for (const ha::Target& target : description.targets) {
    const auto device = target.parameters.find("device");
    if (device == target.parameters.end() ||
        std::find(target.nodes.begin(), target.nodes.end(), own) == target.nodes.end())
      continue;
    const auto parameters =
        ha::values_of(live.find("primitive", target.name()).child("instance_attributes"));
    const auto known = parameters.find("device");
    if (known == parameters.end() || known->second != device->second)
      SHEEN_TRY(check_device(target, device->second));
  }
  return {};
}

}  // namespace sheen::cli
