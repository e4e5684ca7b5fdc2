// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include "cli/ha/tools.h"
#include "cli/mkfs/format.h"
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
Outcome<ProgramResult> ask(const ha::FenceDevice& device, const std::string& words) {
  SHEEN_ASSIGN(const std::string program, find_program(device.agent, "install the fence agent"));
  std::string input = words;
  for (const auto& [name, value] : device.options)
    if (!name.starts_with("pcmk_")) input += fmt::format("{}={}\n", name, value);
  return run_program({program}, {.input = input, .patience = {.limit_s = 60}});
}

Outcome<void> check_answers(const ha::Node& node, const ha::FenceDevice& device) {
  constexpr const char* kAdvice = "mend it or its options: without fencing nothing is taken over";
  SHEEN_ASSIGN(const ProgramResult monitor, ask(device, "action=monitor\n"));
  if (monitor.exit_code != 0)
    return Complaint{kExitFailed,
                     fmt::format("its fence device does not answer: {}", monitor.last_line()),
                     node.name, kAdvice};
  // A device can be well and know nothing of this node. Who is told to call it otherwise
  // (pcmk_host_map) is not second-guessed.
  SHEEN_ASSIGN(const std::string metadata,
               run_tool({"crm_resource", "--show-metadata", "stonith:" + device.agent}));
  SHEEN_ASSIGN(const std::set<std::string> has, at(device.agent, ha::parameters_in(metadata)));
  const bool knows_status = metadata.find("<action name=\"status\"") != std::string::npos;
  if (!knows_status || device.options.contains("pcmk_host_map")) return {};
  std::string words = fmt::format("action=status\nnodename={}\n", node.name);
  for (const char* name : {"plug", "port"})
    if (has.contains(name) && !device.options.contains("plug") &&
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

// What blkid(8) says of a device: nothing is on it, or whatever somebody called it.
Outcome<std::map<std::string, std::string>> what_is_on(const std::string& device) {
  SHEEN_ASSIGN(const std::string program, find_program("blkid", "install util-linux"));
  SHEEN_ASSIGN(const ProgramResult result,
               run_program({program, "-p", "-o", "export", "-s", "TYPE", "-s", "LABEL", device},
                           {.patience = {.limit_s = 20}}));
  constexpr int kNothingFound = 2;
  if (result.exit_code != 0 && result.exit_code != kNothingFound)
    return Complaint{kExitFailed, fmt::format("cannot be read: {}", result.last_line()), device,
                     "see that the storage answers"};
  std::map<std::string, std::string> out;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);)
    if (const size_t equals = line.find('='); equals != std::string::npos)
      out[line.substr(0, equals)] = line.substr(equals + 1);
  return out;
}

Outcome<void> check_device(const ha::Target& target, const std::string& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0 || !S_ISBLK(info.st_mode))
    return Complaint{kExitFailed, fmt::format("{} is not a block device on this node", device),
                     target.name(), "correct its device, or connect the storage"};
  SHEEN_ASSIGN(const auto found, what_is_on(device));
  if (!found.contains("TYPE"))
    return Complaint{kExitFailed, fmt::format("nothing is on {}", device), target.name(),
                     "correct its device, or format it (sheen mkfs)"};
  const auto name = found.find("LABEL");
  if (name == found.end() || may_be_named(name->second, target.label)) return {};
  return Complaint{kExitFailed, fmt::format("{} holds {}", device, name->second), target.name(),
                   "correct its device"};
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
