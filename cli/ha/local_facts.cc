// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/local_facts.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/ha/tools.h"
#include "cli/process.h"
#include "ha/configuration.h"
#include "ha/placement.h"

namespace sheen::cli {
namespace {

// "runtime.config.totem.token (u32) = 1000" (corosync-cmapctl(8)).
std::optional<int64_t> number_in(const std::string& said) {
  const size_t equals = said.rfind("= ");
  if (equals == std::string::npos) return std::nullopt;
  int64_t value = 0;
  const char* begin = said.data() + equals + 2;
  if (std::from_chars(begin, said.data() + said.size(), value).ec != std::errc())
    return std::nullopt;
  return value;
}

std::optional<int64_t> token() {
  const auto said = run_tool({"corosync-cmapctl", "-g", "runtime.config.totem.token"});
  return said ? number_in(*said) : std::nullopt;
}

// An entry for each time that it was late: stats.schedmiss.TIME.delay (cmap_keys(7)).
std::optional<int64_t> schedule_misses() {
  const auto said = run_tool({"corosync-cmapctl", "-m", "stats"});
  if (!said) return std::nullopt;
  int64_t count = 0;
  std::istringstream lines(*said);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("stats.schedmiss.") && line.find(".delay ") != std::string::npos) ++count;
  return count;
}

std::vector<std::string> enabled_units() {
  std::vector<std::string> out;
  const auto systemctl = find_program("systemctl", {});
  if (!systemctl) return out;
  const auto listed =
      run_program({*systemctl, "list-unit-files", "--state=enabled", "--no-legend", "--plain",
                   "corosync.service", "pacemaker.service", "sheen-target@*.service"},
                  {.keep_errors_apart = true});
  if (!listed) return out;
  std::istringstream lines(listed->output);
  for (std::string unit, rest; lines >> unit && std::getline(lines, rest);) out.push_back(unit);
  return out;
}

// Of the targets that this node may run.
void look_at_devices(const ha::Cib& cib, ha::LocalFacts& facts) {
  std::map<dev_t, std::string> targets;
  for (const pugi::xml_node primitive : cib.all("primitive")) {
    if (!ha::is_target(primitive)) continue;
    const std::string target(ha::attribute(primitive, "id"));
    const auto nodes = ha::nodes_of(cib, target);
    if (std::find(nodes.begin(), nodes.end(), facts.node) == nodes.end()) continue;
    const auto parameters = ha::values_of(primitive.child("instance_attributes"));
    const auto device = parameters.find("device");
    if (device == parameters.end()) continue;
    struct stat info {};
    if (::stat(device->second.c_str(), &info) != 0 || !S_ISBLK(info.st_mode)) {
      facts.missing_devices.push_back(device->second);
      continue;
    }
    const auto [other, is_new] = targets.emplace(info.st_rdev, target);
    if (!is_new) facts.shared_devices.push_back({target, device->second, other->second});
  }
}

// crm_verify says what it finds on stderr, a line each.
std::vector<std::string> scheduler_complaints() {
  std::vector<std::string> out;
  const auto program = find_program("crm_verify", {});
  if (!program) return out;
  const auto said = run_program({*program, "--live-check", "-V"}, {.keep_errors_apart = true});
  if (!said || said->exit_code == 0) return out;
  std::istringstream lines(said->errors);
  for (std::string line; std::getline(lines, line);)
    if (line.find("rror: ") != std::string::npos || line.find("arning: ") != std::string::npos)
      out.push_back(line);
  return out;
}

}  // namespace

Outcome<ha::LocalFacts> gather_local_facts(const ha::Cib& cib) {
  ha::LocalFacts facts;
  SHEEN_ASSIGN(facts.node, own_node());
  facts.token_ms = token();
  facts.schedule_misses = schedule_misses();
  facts.enabled_units = enabled_units();
  look_at_devices(cib, facts);
  facts.scheduler_complaints = scheduler_complaints();
  return facts;
}

}  // namespace sheen::cli
