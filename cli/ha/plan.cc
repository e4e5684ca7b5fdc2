// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/plan.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "cli/ha/tools.h"
#include "ha/configuration.h"
#include "ha/difference.h"

namespace sheen::cli {
namespace {

namespace fs = std::filesystem;

Outcome<ha::Cib> cib_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) return complain(errno_error(errno, "cannot be read"), path);
  std::stringstream text;
  text << file.rdbuf();
  return at(path, ha::Cib::parse(text.str()));
}

// "Transition Summary:" and what follows it, a line for each action.
std::vector<std::string> summary_of(const std::string& said) {
  std::vector<std::string> out;
  std::istringstream lines(said);
  bool in_summary = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("Transition Summary:"))
      in_summary = true;
    else if (in_summary && line.starts_with("  * "))
      out.push_back(line.substr(4));
    else if (in_summary)
      break;
  }
  return out;
}

// A directory of temporary files for pcs, which takes nothing else.
class Files {
 public:
  Files() {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Files() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  Outcome<std::string> add(const std::string& name, const std::string& content) const {
    const std::string path = path_ + "/" + name;
    std::ofstream file(path, std::ios::binary);
    file << content;
    file.close();
    if (path_.empty() || !file)
      return complain(errno_error(errno, "cannot be written"), path, "make room in /tmp");
    return path;
  }

 private:
  std::string path_ = "/tmp/sheen-ha-XXXXXX";
};

}  // namespace

Outcome<Plan> Plan::make(const ha::Description& description, const std::string& cib_file) {
  SHEEN_ASSIGN(ha::Cib live, cib_file.empty() ? live_cib() : cib_in(cib_file));
  for (const pugi::xml_node node : live.section("nodes").children("node")) {
    const std::string name(ha::attribute(node, "uname"));
    const bool described = std::any_of(description.nodes.begin(), description.nodes.end(),
                                       [&](const ha::Node& one) { return one.name == name; });
    if (!described)
      return Complaint{kExitUsage, "it is a node of the cluster and not described", name,
                       "describe all of them: targets must be kept off those without their disks"};
  }
  SHEEN_ASSIGN(ha::Cib wanted, at("Pacemaker", ha::Cib::parse(live.to_string())));
  ha::configure(description, wanted);
  Plan plan(std::move(live), std::move(wanted));
  plan.difference_ = ha::difference(plan.live_, plan.wanted_);
  for (const pugi::xml_node primitive : plan.live_.all("primitive"))
    if (ha::is_target(primitive) &&
        plan.wanted_.find("primitive", ha::attribute(primitive, "id")).empty())
      plan.removed_.emplace_back(ha::attribute(primitive, "id"));
  SHEEN_ASSIGN(const std::string said,
               run_tool({"crm_simulate", "--simulate", "--xml-pipe"}, plan.wanted_.to_string()));
  plan.actions_ = summary_of(said);
  return plan;
}

// "Stop       address     ( oss1 )  due to ..."
std::vector<std::string> Plan::touched_others() const {
  constexpr std::array<std::string_view, 5> kTouches = {"Stop", "Move", "Restart", "Recover",
                                                        "Migrate"};
  std::vector<std::string> out;
  for (const std::string& action : actions_) {
    std::istringstream words(action);
    std::string verb;
    std::string name;
    words >> verb >> name;
    name = name.substr(0, name.find(':'));  // of a clone's instance
    const auto primitive = live_.find("primitive", name);
    const bool ours = ha::attribute(primitive, "provider") == "sheen" ||
                      ha::attribute(primitive, "class") == "stonith";
    if (!ours && std::find(kTouches.begin(), kTouches.end(), verb) != kTouches.end())
      out.push_back(name);
  }
  return out;
}

Outcome<void> Plan::apply() const {
  // pcs would merge the change into whatever is there by now.
  SHEEN_ASSIGN(const ha::Cib now, live_cib());
  if (!ha::difference(live_, now).empty())
    return Complaint{
        kExitFailed, "the configuration has changed while this was planned", {}, "plan again"};
  const Files files;
  SHEEN_ASSIGN(const std::string live, files.add("live.xml", live_.to_string()));
  SHEEN_ASSIGN(const std::string wanted, files.add("wanted.xml", wanted_.to_string()));
  return run_pcs({"cluster", "cib-push", wanted, "diff-against=" + live});
}

}  // namespace sheen::cli
