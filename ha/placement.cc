// SPDX-License-Identifier: Apache-2.0
#include "ha/placement.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ha/configuration.h"
#include "ha/duration.h"

namespace sheen::ha {
namespace {

int score_of(pugi::xml_node location) {
  const std::string_view text = attribute(location, "score");
  if (text == "INFINITY" || text == "+INFINITY") return 1000000;
  int score = 0;
  std::from_chars(text.data(), text.data() + text.size(), score);
  return score;
}

std::string cleanup(const ResourceState& resource, const std::string& node) {
  return fmt::format("pcs resource cleanup {} node={}", resource.id, node);
}

std::string last_words(const FailCount& failures) {
  return failures.reason.empty() ? "" : ": " + failures.reason;
}

// A clean-up is of failures only, and not every hard result is one.
std::string refresh(const ResourceState& resource, const std::string& node) {
  return fmt::format("pcs resource refresh {} node={}", resource.id, node);
}

// As the locations of targets count it: a node that has not said yet counts like one that is well.
int64_t reached(const NodeState& node) {
  const auto found = node.attributes.find(kNetworkResource);
  return found == node.attributes.end() ? kNetworkScore
                                        : std::strtoll(found->second.c_str(), nullptr, 10);
}

// What attracts more than any preference of nodes, and so keeps a target from going there.
bool reaches_less(const ClusterState& state, const std::string& node, const std::string& than) {
  const NodeState* one = state.node(node);
  const NodeState* other = state.node(than);
  return one != nullptr && other != nullptr && reached(*one) < reached(*other);
}

// A resource's, or else its group's or clone's, or else everybody's.
std::string meta_attribute(const Cib& cib, const std::string& resource, const char* name) {
  for (pugi::xml_node at = cib.find("primitive", resource); !at.attribute("id").empty();
       at = at.parent()) {
    const auto own = values_of(at.child("meta_attributes"));
    if (const auto found = own.find(name); found != own.end()) return found->second;
  }
  for (const pugi::xml_node defaults : cib.all("rsc_defaults")) {
    const auto values = values_of(defaults.child("meta_attributes"));
    if (const auto found = values.find(name); found != values.end()) return found->second;
  }
  return {};
}

// Pacemaker keeps the record of a probe, but does not mind it any more.
bool is_forgotten(const Cib& cib, const ResourceState& resource, const HardResult& result) {
  const auto timeout = seconds(meta_attribute(cib, resource.id, "failure-timeout"));
  return timeout && *timeout > 0 && result.age_s && *result.age_s >= *timeout;
}

// The agent's, which crm_mon leaves out, or else the exit code's name.
std::string sentence_of(const Cib& cib, const ResourceState& resource, const HardResult& result) {
  const pugi::xml_node operation =
      cib.root()
          .child("status")
          .find_child_by_attribute("node_state", "uname", result.node.c_str())
          .child("lrm")
          .child("lrm_resources")
          .find_child_by_attribute("lrm_resource", "id", resource.id.c_str())
          .find_child_by_attribute("lrm_rsc_op", "rc-code", fmt::to_string(result.rc).c_str());
  const std::string_view said = attribute(operation, "exit-reason");
  return said.empty() ? result.name : std::string(said);
}

}  // namespace

std::vector<std::string> nodes_of(const Cib& cib, std::string_view resource) {
  std::vector<std::pair<int, std::string>> scored;
  for (const pugi::xml_node location : cib.all("rsc_location")) {
    const std::string_view id = attribute(location, "id");
    if (attribute(location, "rsc") != resource || location.attribute("node").empty() ||
        id.starts_with("cli-"))
      continue;
    if (score_of(location) > 0)
      scored.emplace_back(score_of(location), std::string(attribute(location, "node")));
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> out;
  for (auto& [score, node] : scored) out.push_back(std::move(node));
  return out;
}

std::optional<Reason> unusable(const ClusterState& state, const std::string& name) {
  const NodeState* node = state.node(name);
  if (node == nullptr) return Reason{fmt::format("{} is no member of the cluster", name), {}};
  if (node->unclean)
    return Reason{fmt::format("{} waits to be fenced", name),
                  fmt::format("mend its fence device (sheen ha apply); or make sure that it is off "
                              "and say so: pcs stonith confirm {}",
                              name)};
  if (!node->online)
    return Reason{fmt::format("{} is offline", name), fmt::format("pcs cluster start {}", name)};
  if (node->standby)
    return Reason{fmt::format("{} is in standby", name), fmt::format("sheen ha return {}", name)};
  return std::nullopt;
}

std::optional<Reason> ban(const Cib& cib, const ResourceState& resource, const std::string& node) {
  for (const pugi::xml_node location : cib.all("rsc_location")) {
    const std::string_view id = attribute(location, "id");
    if (attribute(location, "rsc") != resource.id || attribute(location, "node") != node ||
        attribute(location, "score") != "-INFINITY")
      continue;
    return Reason{fmt::format("banned from {} by {}", node, id),
                  id.starts_with("cli-") ? fmt::format("pcs resource clear {}", resource.id)
                                         : fmt::format("pcs constraint remove {}", id)};
  }
  for (const FailCount& failures : resource.fail_counts)
    if (failures.node == node && failures.threshold > 0 && failures.count >= failures.threshold)
      return Reason{fmt::format("banned from {} after {} failures{}", node, failures.count,
                                last_words(failures)),
                    cleanup(resource, node)};
  for (const HardResult& result : resource.hard_results) {
    if (result.node != node && !result.is_of_all_nodes()) continue;
    if (!is_forgotten(cib, resource, result))
      return Reason{fmt::format("banned from {} since its {} failed{}: {}", node, result.task,
                                result.node == node ? "" : " on " + result.node,
                                sentence_of(cib, resource, result)),
                    refresh(resource, result.node)};
  }
  return std::nullopt;
}

std::optional<Reason> obstacle(const Cib& cib, const ClusterState& state,
                               const ResourceState& resource, const std::string& node) {
  if (auto reason = unusable(state, node)) return reason;
  return ban(cib, resource, node);
}

Reason explain(const Cib& cib, const ClusterState& state, const ResourceState& resource) {
  if (state.maintenance)
    return {"the cluster is in maintenance: nothing is started or stopped",
            "pcs property set maintenance-mode=false"};
  if (!resource.managed)
    return {"not managed: Pacemaker leaves it alone",
            fmt::format("pcs resource manage {}", resource.id)};
  if (resource.blocked)
    return {"blocked: it could not be stopped, and its node was not fenced",
            fmt::format("pcs resource cleanup {}", resource.id)};
  const std::vector<std::string> nodes = nodes_of(cib, resource.id);
  const bool runs = resource.nodes.size() == 1;
  if (runs && resource.lost) return unusable(state, resource.nodes.front()).value_or(Reason{});
  if (runs && !nodes.empty() && resource.nodes.front() == nodes.front()) return {"preferred", {}};
  if (!runs && resource.wanted_role == "Stopped")
    return {"disabled", fmt::format("pcs resource enable {}", resource.id)};

  std::vector<std::string> why;
  std::string clear;
  for (const std::string& node : nodes) {
    if (runs && node == resource.nodes.front()) break;
    const auto reason = obstacle(cib, state, resource, node);
    if (!reason) continue;
    why.push_back(reason->why);
    if (clear.empty()) clear = reason->clear;
  }
  if (!why.empty()) return {fmt::format("{}", fmt::join(why, "; ")), clear};
  if (runs && !nodes.empty()) {
    if (reaches_less(state, nodes.front(), resource.nodes.front()))
      return {fmt::format("{} reaches nobody on Sheen's network", nodes.front()),
              "mend that; some 20 s later: sheen ha rebalance"};
    return {"stayed after a failover or a move", fmt::format("sheen ha rebalance {}", resource.id)};
  }
  for (const Failure& failure : state.failures)
    if (failure.resource == resource.id)
      return {fmt::format("{} failed on {}: {}", failure.task, failure.node, failure.reason),
              fmt::format("pcs resource cleanup {}", resource.id)};
  if (nodes.empty()) return {"no node may run it: it has no location", {}};
  return {state.quorate ? "on its way" : "the cluster has no quorum", {}};
}

std::vector<Reason> clearable(const Cib& cib, const ClusterState& state,
                              const ResourceState& resource) {
  std::vector<Reason> out;
  const auto add = [&](Reason reason) {
    const bool known = std::any_of(
        out.begin(), out.end(), [&](const Reason& other) { return other.clear == reason.clear; });
    if (!reason.clear.empty() && !known) out.push_back(std::move(reason));
  };
  add(explain(cib, state, resource));
  for (const std::string& node : nodes_of(cib, resource.id))
    if (auto reason = ban(cib, resource, node)) add(std::move(*reason));
  const auto is_refreshed = [&](const std::string& node) {
    return std::any_of(out.begin(), out.end(),
                       [&](const Reason& one) { return one.clear == refresh(resource, node); });
  };
  for (const FailCount& failures : resource.fail_counts)
    if (!is_refreshed(failures.node))
      add({fmt::format("{} failures counted on {}{}", failures.count, failures.node,
                       last_words(failures)),
           cleanup(resource, failures.node)});
  return out;
}

std::string better_node(const Cib& cib, const ClusterState& state, const ResourceState& resource) {
  if (!resource.runs() || !resource.managed || state.maintenance) return {};
  for (const std::string& node : nodes_of(cib, resource.id)) {
    if (node == resource.nodes.front()) return {};
    if (!obstacle(cib, state, resource, node) && !reaches_less(state, node, resource.nodes.front()))
      return node;
  }
  return {};
}

}  // namespace sheen::ha
