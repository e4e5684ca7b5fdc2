// SPDX-License-Identifier: Apache-2.0
#include "ha/configuration.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ha/constraints.h"
#include "ha/primitives.h"

namespace sheen::ha {
namespace {

// Between the moments at which two nodes that lost sight of each other shoot: longer than a fence
// device needs, so that the second is dead before its turn.
constexpr int64_t kUsualDelayS = 5;

// What is started first, and last given up, when not everything can run.
int priority_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::kMgt: return 50;
    case TargetKind::kMdt: return 100;
    case TargetKind::kOst: return 10;
  }
  return 0;
}

pugi::xml_node first_set(pugi::xml_node section, const char* element, const char* id) {
  for (const pugi::xml_node set : section.children(element))
    if (set.child("rule").empty()) return set;  // those with a rule do not always hold
  return append(section, element, id);
}

void put_properties(const Description& description, Cib& cib) {
  const bool fenced = std::any_of(description.nodes.begin(), description.nodes.end(),
                                  [](const Node& node) { return !node.fence.empty(); });
  const pugi::xml_node properties =
      first_set(cib.section("crm_config"), "cluster_property_set", "cib-bootstrap-options");
  set_value(properties, "stonith-enabled", fenced ? "true" : "false");
  set_value(properties, "no-quorum-policy", "freeze");
  set_value(properties, "symmetric-cluster", "false");
  set_value(properties, "start-failure-is-fatal", "false");
  set_value(properties, "load-threshold", "1000%");
  const pugi::xml_node defaults =
      first_set(cib.section("rsc_defaults"), "meta_attributes", "rsc_defaults-meta_attributes");
  set_value(defaults, "resource-stickiness", "1000");
  set_value(defaults, "migration-threshold", "10");
  set_value(defaults, "failure-timeout", "10min");
}

void put_levels(const Node& node, Cib& cib) {
  pugi::xml_node topology = cib.section("fencing-topology");
  for (pugi::xml_node level = topology.child("fencing-level"); level;) {
    const pugi::xml_node next = level.next_sibling("fencing-level");
    if (attribute(level, "id").starts_with(fmt::format("fl-{}-", node.name)) &&
        attribute(level, "devices").starts_with(fence_id(node, 0)))
      topology.remove_child(level);
    level = next;
  }
  for (size_t i = 0; i < node.fence.size() && node.fence.size() > 1; ++i) {
    const pugi::xml_node level =
        append(topology, "fencing-level", fmt::format("fl-{}-{}", node.name, i + 1));
    set_attribute(level, "target", node.name);
    set_attribute(level, "index", fmt::to_string(i + 1));
    set_attribute(level, "devices", fence_id(node, i));
  }
  if (!topology.first_child()) topology.parent().remove_child(topology);
}

void put_fence_devices(const Description& description, Cib& cib) {
  std::vector<std::string> ids;
  std::vector<Location> locations;
  for (size_t n = 0; n < description.nodes.size(); ++n) {
    const Node& node = description.nodes[n];
    for (size_t level = 0; level < node.fence.size(); ++level) {
      const FenceDevice& device = node.fence[level];
      Primitive primitive{fence_id(node, level), "stonith", "", device.agent,
                          device.options,        {},        {}};
      primitive.parameters["pcmk_host_list"] = node.name;
      const auto usual = kUsualDelayS * static_cast<int64_t>(description.nodes.size() - 1 - n);
      primitive.parameters["pcmk_delay_base"] = fmt::format("{}s", device.delay_s.value_or(usual));
      primitive.operations = {{"monitor", "60s", "60s"}};
      put(cib, cib.section("resources"), primitive);
      ids.push_back(primitive.id);
      // Who is to be shot had better not hold the gun.
      for (const Node& other : description.nodes)
        if (other.name != node.name)
          locations.push_back({primitive.id, other.name, kPreferredScore});
    }
    for (size_t gone = node.fence.size(); !cib.find("primitive", fence_id(node, gone)).empty();
         ++gone)
      remove_resource(cib, fence_id(node, gone));
    put_levels(node, cib);
  }
  put_locations(cib, ids, locations, {});
}

void put_network(const Description& description, Cib& cib) {
  if (description.network_peers.empty()) {
    remove_resource(cib, kNetworkResource);
    return;
  }
  const std::string clone_id = fmt::format("{}-clone", kNetworkResource);
  pugi::xml_node clone = cib.find("clone", clone_id);
  if (clone.empty()) clone = append(cib.section("resources"), "clone", clone_id);
  put(cib, clone,
      {kNetworkResource,
       "ocf",
       "sheen",
       "network",
       {{"peers", fmt::format("{}", fmt::join(description.network_peers, " "))}},
       {},
       {{"monitor", "2s", "30s"},
        {"reload-agent", "0s", "30s"},
        {"start", "0s", "30s"},
        {"stop", "0s", "20s"}}});
  std::vector<Location> everywhere;
  for (const Node& node : description.nodes) everywhere.push_back({clone_id, node.name, 0});
  put_locations(cib, {clone_id}, everywhere, {});
}

void put_targets(const Description& description, Cib& cib) {
  std::vector<std::string> ids;
  std::vector<Location> locations;
  for (const Target& target : description.targets) {
    Primitive primitive{target.name(), "ocf", "sheen", "target", target.parameters, {}, {}};
    primitive.parameters["target"] = target.name();
    primitive.meta["priority"] = fmt::to_string(priority_of(target.label.kind));
    primitive.meta["multiple-active"] = "stop_unexpected";
    primitive.operations = {{"monitor", "10s", "20s"},
                            {"monitor", "61s", "30s", 10},
                            {"monitor", "307s", "60s", 20},
                            {"reload-agent", "0s", "20s"},
                            {"start", "0s", fmt::format("{}s", target.start_timeout_s)},
                            {"stop", "0s", fmt::format("{}s", target.stop_timeout_s)}};
    put(cib, cib.section("resources"), primitive);
    ids.push_back(primitive.id);
    for (const std::string& node : target.nodes)
      locations.push_back(
          {primitive.id, node, node == target.nodes.front() ? kPreferredScore : kOtherScore});
    // The network's rules attract it to every node that reaches somebody.
    for (const Node& node : description.nodes)
      if (std::find(target.nodes.begin(), target.nodes.end(), node.name) == target.nodes.end())
        locations.push_back({primitive.id, node.name, kNever});
  }
  put_locations(cib, ids, locations,
                {kNetworkResource, kNetworkScore, !description.network_peers.empty()});

  const auto before = [](const Target& a, const Target& b) {
    if (a.label.fsname != b.label.fsname) return false;
    if (a.label.kind == TargetKind::kMgt) return b.label.kind != TargetKind::kMgt;
    return a.label.kind == TargetKind::kMdt && a.label.index == 0 &&
           b.label.kind == TargetKind::kOst;
  };
  std::vector<Order> orders;
  for (const Target& first : description.targets)
    for (const Target& then : description.targets)
      if (before(first, then)) orders.push_back({first.name(), then.name()});
  put_orders(cib, ids, orders);
}

// Whoever is told at once that a node is dead need not wait until its silence is conspicuous.
void put_alert(const Description& description, Cib& cib) {
  pugi::xml_node alert = cib.find("alert", kAlert);
  std::vector<std::string> places;
  for (const FileSystem& one : description.filesystems)
    places.push_back(fmt::format("{}", fmt::join(one.mgs, ",")));
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  if (places.empty()) return;
  if (alert.empty()) alert = append(cib.section("alerts"), "alert", kAlert);
  set_attribute(alert, "path", kAlertAgent);
  const std::string id = fmt::format("{}-recipient", kAlert);
  pugi::xml_node recipient = cib.find("recipient", id);
  if (recipient.empty()) recipient = append(alert, "recipient", id);
  set_attribute(recipient, "value", fmt::format("{}", fmt::join(places, " ")));
}

void remove_targets_not_in(const Description& description, Cib& cib) {
  for (const pugi::xml_node primitive : cib.all("primitive")) {
    const std::string id(attribute(primitive, "id"));
    const bool described = std::any_of(description.targets.begin(), description.targets.end(),
                                       [&](const Target& target) { return target.name() == id; });
    if (is_target(primitive) && !described) remove_resource(cib, id);
  }
}

}  // namespace

bool is_target(pugi::xml_node primitive) {
  return attribute(primitive, "class") == "ocf" && attribute(primitive, "provider") == "sheen" &&
         attribute(primitive, "type") == "target";
}

void configure(const Description& description, Cib& cib) {
  put_properties(description, cib);
  put_fence_devices(description, cib);
  put_network(description, cib);
  remove_targets_not_in(description, cib);
  put_targets(description, cib);
  put_alert(description, cib);
}

}  // namespace sheen::ha
