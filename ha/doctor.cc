// SPDX-License-Identifier: Apache-2.0
#include "ha/doctor.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ha/configuration.h"
#include "ha/difference.h"
#include "ha/duration.h"
#include "ha/placement.h"

namespace sheen::ha {
namespace {

// Below a second, a busy server is taken for dead; ten seconds are a third of a minute's outage
// gone before anybody acts.
constexpr int64_t kTokenLowMs = 1000;
constexpr int64_t kTokenHighMs = 10'000;

using Findings = std::vector<Finding>;

// The words of a list of nodes, or of a map of them ("oss1:3;oss2:4,5"), without what a node is
// called by its device: as pacemaker-fenced(7) reads pcmk_host_list and pcmk_host_map.
std::set<std::string_view> names_in(std::string_view text, std::string_view separators) {
  std::set<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view word = text.substr(0, end);
    out.insert(word.substr(0, word.find_first_of(":=")));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool fences(pugi::xml_node primitive, const std::string& node) {
  if (attribute(primitive, "class") != "stonith") return false;
  const auto parameters = values_of(primitive.child("instance_attributes"));
  const auto list = parameters.find("pcmk_host_list");
  const auto map = parameters.find("pcmk_host_map");
  // With neither, the device itself says whom it can fence.
  if (list == parameters.end() && map == parameters.end()) return true;
  return (list != parameters.end() && names_in(list->second, " \t\n,;").contains(node)) ||
         (map != parameters.end() && names_in(map->second, " \t\n;").contains(node));
}

// Why nobody knows whether a node's fence device works; empty: it did when it was last used.
std::string untested(const Fencing* last) {
  if (last == nullptr) return "no fencing of it is on record";
  if (last->by_a_human) return fmt::format("it was off because somebody said so ({})", last->when);
  return last->succeeded ? "" : fmt::format("its last fencing failed ({})", last->when);
}

// One without a location runs anywhere.
bool can_run_somewhere(const Cib& cib, const ClusterState& state, const ResourceState& resource) {
  const auto nodes = nodes_of(cib, resource.id);
  const bool one_can = std::any_of(nodes.begin(), nodes.end(), [&](const std::string& name) {
    return !unusable(state, name).has_value();
  });
  return state.quorate && (nodes.empty() || one_can);
}

// Who reaches nobody keeps no targets and gets none; who was never asked counts as well.
void check_network(const ClusterState& state, Findings& out) {
  const ResourceState* agent = state.resource(kNetworkResource);
  if (agent == nullptr) return;
  for (const NodeState& node : state.nodes) {
    if (!node.can_run()) continue;
    const auto reached = node.attributes.find(kNetworkResource);
    const bool runs =
        std::find(agent->nodes.begin(), agent->nodes.end(), node.name) != agent->nodes.end();
    if (!runs) {
      const auto failure =
          std::find_if(state.failures.begin(), state.failures.end(), [&](const Failure& one) {
            return one.resource.starts_with(kNetworkResource) && one.node == node.name;
          });
      out.push_back({Severity::kError, node.name,
                     fmt::format("nobody watches its data network{}{}",
                                 failure == state.failures.end() ? "" : ": ",
                                 failure == state.failures.end() ? "" : failure->reason),
                     fmt::format("mend [network] peers in the description; then pcs resource "
                                 "refresh {}",
                                 kNetworkResource)});
    } else if (reached != node.attributes.end() && reached->second == "0") {
      out.push_back({Severity::kError, node.name,
                     "it reaches nobody on Sheen's network: it could not take anything over",
                     "mend its data network, or [network] peers in the description"});
    }
  }
}

void check_fencing(const Cib& cib, const ClusterState& state, Findings& out) {
  if (!state.fencing_enabled)
    out.push_back({Severity::kError, "fencing",
                   "it is switched off: a target could be served twice",
                   "pcs property set stonith-enabled=true"});
  const auto primitives = cib.all("primitive");
  for (const NodeState& node : state.nodes) {
    const bool can_be = std::any_of(primitives.begin(), primitives.end(),
                                    [&](pugi::xml_node one) { return fences(one, node.name); });
    if (!can_be) {
      out.push_back({Severity::kError, node.name,
                     "nothing can fence it: when it dies, its targets "
                     "stay down",
                     "describe its fence device (docs/operations.md)"});
      continue;
    }
    if (!node.online) continue;
    const Fencing* last = state.last_fencing(node.name);
    if (const std::string why = untested(last); !why.empty()) {
      const auto targets = state.targets_on(node.name);
      const bool failed = last != nullptr && !last->succeeded;
      out.push_back({failed ? Severity::kError : Severity::kWarning, node.name,
                     fmt::format("{}: nobody knows whether its device works", why),
                     fmt::format("{}sheen ha drill {} --kind fence, on another node, when it "
                                 "disturbs least",
                                 failed ? "mend its device; then " : "",
                                 targets.empty() ? "LABEL" : targets.front())});
    }
  }
  for (const ResourceState& resource : state.resources)
    if (resource.agent.starts_with("stonith:") && resource.role != "Started" &&
        can_run_somewhere(cib, state, resource))
      out.push_back({Severity::kError, resource.id, "the fence device does not run",
                     fmt::format("pcs resource cleanup {}", resource.id)});
}

void check_constraints(const Cib& cib, Findings& out) {
  for (const pugi::xml_node location : cib.all("rsc_location")) {
    const std::string_view id = attribute(location, "id");
    if (!id.starts_with("cli-")) continue;
    const std::string resource(attribute(location, "rsc"));
    out.push_back({id.starts_with("cli-ban") ? Severity::kError : Severity::kWarning, resource,
                   fmt::format("{} is left over from a move: {}", id,
                               id.starts_with("cli-ban") ? "it cannot go back there"
                                                         : "it will not leave that node freely"),
                   fmt::format("pcs resource clear {}", resource)});
  }
}

// A target whose standby could not take it is not a pair's target.
void check_standbys(const Cib& cib, const ClusterState& state, Findings& out) {
  for (const ResourceState& resource : state.resources) {
    if (!resource.is_target()) continue;
    const auto nodes = nodes_of(cib, resource.id);
    if (nodes.size() < 2)
      out.push_back({Severity::kWarning, resource.id, "only one node may run it",
                     "give it a second one that reaches its device"});
    if (!resource.runs())
      out.push_back({Severity::kError, resource.id,
                     fmt::format("it does not run: {}", explain(cib, state, resource).why),
                     explain(cib, state, resource).clear});
    for (const std::string& node : nodes) {
      const bool runs_there =
          std::find(resource.nodes.begin(), resource.nodes.end(), node) != resource.nodes.end();
      const NodeState* standby = state.node(node);
      if (standby == nullptr || !standby->can_run()) continue;  // which is said of the node
      const auto reason = ban(cib, resource, node);
      if (reason && !runs_there)
        out.push_back({Severity::kError, resource.id,
                       fmt::format("{} could not take it: {}", node, reason->why), reason->clear});
    }
  }
}

void check_times(const Cib& cib, Findings& out) {
  int64_t longest = 0;
  for (const pugi::xml_node op : cib.all("op"))
    longest = std::max(longest, seconds(attribute(op, "timeout")).value_or(0));
  for (const pugi::xml_node pair : cib.all("nvpair")) {
    if (attribute(pair, "name") != "failure-timeout") continue;
    const auto value = seconds(attribute(pair, "value"));
    if (value && *value > 0 && *value < longest)
      out.push_back({Severity::kWarning, "failure-timeout",
                     fmt::format("{} is shorter than an operation may take ({} s): failures could "
                                 "be forgotten before they count",
                                 attribute(pair, "value"), longest),
                     fmt::format("pcs resource defaults update failure-timeout={}s", longest * 2)});
  }
  for (const pugi::xml_node primitive : cib.all("primitive")) {
    if (!is_target(primitive)) continue;
    const std::string id(attribute(primitive, "id"));
    const auto parameters = values_of(primitive.child("instance_attributes"));
    const auto ping = parameters.find("ping_timeout");
    for (const pugi::xml_node op : primitive.child("operations").children("op")) {
      const int64_t timeout = seconds(attribute(op, "timeout")).value_or(0);
      const std::string_view name = attribute(op, "name");
      if (name == "monitor" && ping != parameters.end() &&
          timeout <= seconds(ping->second).value_or(0))
        out.push_back({Severity::kWarning, id,
                       fmt::format("its monitor may take {} s, but waits {} s for an answer",
                                   timeout, ping->second),
                       "a smaller ping_timeout"});
      if ((name == "stop" || name == "start") && timeout < 20)
        out.push_back({Severity::kWarning, id,
                       fmt::format("{} s are little time to {}: what takes longer is a failure{}",
                                   timeout, name, name == "stop" ? ", and its node is fenced" : ""),
                       "20 s or more"});
    }
  }
}

void check_cluster(const ClusterState& state, Findings& out) {
  if (!state.quorate)
    out.push_back({Severity::kError, "quorum", "the cluster has none: nothing is taken over",
                   "start the other nodes; if they are certainly off: pcs quorum unblock"});
  if (state.maintenance)
    out.push_back({Severity::kWarning, "cluster", "it is in maintenance: no failover takes place",
                   "pcs property set maintenance-mode=false"});
  for (const NodeState& node : state.nodes) {
    const auto reason = unusable(state, node.name);
    // Without a quorum nobody has tried to fence it.
    if (!reason || (node.unclean && !state.quorate)) continue;
    out.push_back({Severity::kError, node.name,
                   node.unclean   ? "it is gone and could not be fenced: its targets wait"
                   : !node.online ? "it is offline: the other node has no partner"
                                  : "it is in standby",
                   reason->clear});
  }
}

void check_local(const LocalFacts& facts, const Description* description, Findings& out) {
  if (facts.token_ms && (*facts.token_ms < kTokenLowMs || *facts.token_ms > kTokenHighMs))
    out.push_back(
        {Severity::kWarning, "corosync",
         fmt::format("its token is {} ms: {}", *facts.token_ms,
                     *facts.token_ms < kTokenLowMs ? "a busy node is taken for dead"
                                                   : "that long a dead node goes unnoticed"),
         "pcs cluster config update totem token=3000"});
  if (facts.token_ms && description != nullptr && *facts.token_ms != description->token_ms)
    out.push_back({Severity::kNote, "corosync",
                   fmt::format("its token is {} ms, and {} ms are described", *facts.token_ms,
                               description->token_ms),
                   fmt::format("pcs cluster config update totem token={}", description->token_ms)});
  if (facts.schedule_misses.value_or(0) > 0)
    out.push_back({Severity::kWarning, facts.node,
                   fmt::format("corosync did not get to run in time {} times: the node is "
                               "overloaded, or a virtual machine that is paused",
                               *facts.schedule_misses),
                   "a longer token, or fewer neighbours"});
  for (const std::string& unit : facts.enabled_units)
    out.push_back({Severity::kWarning, facts.node,
                   fmt::format("{} starts at boot: a node that was fenced should be looked at "
                               "before it joins, and targets are Pacemaker's to start",
                               unit),
                   fmt::format("systemctl disable {}", unit)});
  for (const SharedDevice& one : facts.shared_devices)
    out.push_back({Severity::kError, one.target,
                   fmt::format("its device {} is the disk of {}", one.device, one.other),
                   "give each target a disk of its own (device in the description)"});
  for (const std::string& device : facts.missing_devices)
    out.push_back({Severity::kError, facts.node,
                   fmt::format("{} is not there: this node could not take its target", device),
                   "connect the storage"});
  for (const std::string& complaint : facts.scheduler_complaints)
    out.push_back({Severity::kWarning, "configuration", complaint, {}});
}

void check_description(const Cib& cib, const Description* description, Findings& out) {
  if (description == nullptr) return;
  auto wanted = Cib::parse(cib.to_string());
  if (!wanted) return;
  configure(*description, *wanted);
  const auto changes = difference(cib, *wanted);
  if (!changes.empty())
    out.push_back({Severity::kNote, "configuration",
                   fmt::format("it is not what is described: {} lines differ", changes.size()),
                   "sheen ha plan"});
}

}  // namespace

std::vector<Finding> examine(const Cib& cib, const ClusterState& state, const LocalFacts& facts,
                             const Description* description) {
  Findings out;
  check_cluster(state, out);
  check_fencing(cib, state, out);
  check_network(state, out);
  check_constraints(cib, out);
  check_standbys(cib, state, out);
  check_times(cib, out);
  check_local(facts, description, out);
  check_description(cib, description, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return out;
}

}  // namespace sheen::ha
