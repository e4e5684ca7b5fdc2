// SPDX-License-Identifier: Apache-2.0
#include "ha/cluster_state.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ha/cib.h"
#include "ha/duration.h"

namespace sheen::ha {
namespace {

bool is_true(pugi::xml_node node, const char* name) { return attribute(node, name) == "true"; }

std::string text(pugi::xml_node node, const char* name) {
  return std::string(attribute(node, name));
}

NodeState to_node(pugi::xml_node element) {
  NodeState out;
  out.name = text(element, "name");
  out.online = is_true(element, "online");
  out.standby = is_true(element, "standby");
  out.maintenance = is_true(element, "maintenance");
  out.unclean = is_true(element, "unclean");
  return out;
}

ResourceState to_resource(pugi::xml_node element) {
  ResourceState out;
  out.id = text(element, "id");
  out.agent = text(element, "resource_agent");
  out.role = text(element, "role");
  out.managed = is_true(element, "managed");
  out.blocked = is_true(element, "blocked");
  out.failed = is_true(element, "failed");
  out.wanted_role = text(element, "target_role");
  for (const pugi::xml_node node : element.children("node"))
    out.nodes.push_back(text(node, "name"));
  return out;
}

// A resource of a clone appears once for each instance, under one name.
void add_resource(ResourceState one, std::vector<ResourceState>& out) {
  const auto same = std::find_if(out.begin(), out.end(),
                                 [&](const ResourceState& other) { return other.id == one.id; });
  if (same == out.end()) {
    out.push_back(std::move(one));
    return;
  }
  same->nodes.insert(same->nodes.end(), one.nodes.begin(), one.nodes.end());
  same->failed = same->failed || one.failed;
  if (same->role == "Stopped") same->role = one.role;
}

// Groups, clones and bundles hold resources of their own.
void add_resources(pugi::xml_node parent, std::vector<ResourceState>& out) {
  for (const pugi::xml_node child : parent.children()) {
    if (std::string_view(child.name()) == "resource")
      add_resource(to_resource(child), out);
    else
      add_resources(child, out);
  }
}

int64_t to_count(std::string_view value) {
  return value == "INFINITY" ? 1000000 : std::strtoll(std::string(value).c_str(), nullptr, 10);
}

// One result may be kept twice, as the last and as the last that was a failure.
void add_hard_result(pugi::xml_node operation, const std::string& node, const std::string& now,
                     std::vector<HardResult>& out) {
  static constexpr std::array kHard = {2, 4, 5, 6};
  const int rc = operation.attribute("rc").as_int();
  const std::string task = text(operation, "task");
  if (std::find(kHard.begin(), kHard.end(), rc) == kHard.end() ||
      std::any_of(out.begin(), out.end(), [&](const HardResult& known) {
        return known.node == node && known.task == task && known.rc == rc;
      }))
    return;
  out.push_back({node, task, rc, text(operation, "rc_text"),
                 seconds_between(text(operation, "last-rc-change"), now)});
}

void add_history(pugi::xml_node history, const std::string& now, ClusterState& state) {
  for (const pugi::xml_node node : history.children("node")) {
    const std::string name = text(node, "name");
    for (const pugi::xml_node of : node.children("resource_history")) {
      const auto found =
          std::find_if(state.resources.begin(), state.resources.end(),
                       [&](const ResourceState& one) { return one.id == attribute(of, "id"); });
      if (found == state.resources.end()) continue;
      const int64_t count = to_count(attribute(of, "fail-count"));
      if (count > 0)
        found->fail_counts.push_back(
            {name, count, to_count(attribute(of, "migration-threshold")), {}});
      for (const pugi::xml_node operation : of.children("operation_history"))
        add_hard_result(operation, name, now, found->hard_results);
      if (found->nodes.size() != 1 || found->nodes.front() != name) continue;
      for (const pugi::xml_node operation : of.children("operation_history"))
        if (attribute(operation, "task") == "start" ||
            (attribute(operation, "task") == "probe" && found->since.empty()))
          found->since = text(operation, "last-rc-change");
    }
  }
}

Failure to_failure(pugi::xml_node element) {
  Failure out;
  // OPERATION_KEY is RESOURCE_TASK_INTERVAL.
  out.task = text(element, "task");
  const std::string_view key = attribute(element, "op_key");
  const size_t end = key.rfind(fmt::format("_{}_", out.task));
  out.resource = key.substr(0, end);
  out.node = text(element, "node");
  out.reason = text(element, "exitreason");
  if (out.reason.empty() || out.reason == "none") out.reason = text(element, "exitstatus");
  if (attribute(element, "status") != "complete" && attribute(element, "status") != "Done")
    out.reason += fmt::format(" ({})", attribute(element, "status"));
  out.when = text(element, "last-rc-change");
  return out;
}

Fencing to_fencing(pugi::xml_node element) {
  Fencing out;
  out.node = text(element, "target");
  out.action = text(element, "action");
  out.succeeded = attribute(element, "status") == "success";
  // So pacemaker-fenced calls who did it after stonith_admin --confirm.
  out.by_a_human = attribute(element, "delegate") == "a human";
  out.when = text(element, "completed");
  return out;
}

}  // namespace

std::string NodeState::word() const {
  if (unclean) return "UNCLEAN";
  if (!online) return "offline";
  if (standby) return "standby";
  return maintenance ? "maintenance" : "online";
}

const NodeState* ClusterState::node(std::string_view name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const NodeState& one) { return one.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

const ResourceState* ClusterState::resource(std::string_view id) const {
  const auto found = std::find_if(resources.begin(), resources.end(),
                                  [&](const ResourceState& one) { return one.id == id; });
  return found == resources.end() ? nullptr : &*found;
}

const Fencing* ClusterState::last_fencing(std::string_view node) const {
  const Fencing* out = nullptr;
  for (const Fencing& one : fencings)
    if (one.node == node && one.is_try() && (out == nullptr || out->when < one.when)) out = &one;
  return out;
}

std::vector<std::string> ClusterState::targets_on(const std::string& node) const {
  std::vector<std::string> out;
  for (const ResourceState& one : resources)
    if (one.is_target() && std::find(one.nodes.begin(), one.nodes.end(), node) != one.nodes.end())
      out.push_back(one.id);
  return out;
}

Result<ClusterState> ClusterState::parse(std::string_view xml) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) return Error(Errc::kInvalid, fmt::format("no XML: {}", parsed.description()));
  const pugi::xml_node root = document.child("pacemaker-result");
  if (root.child("nodes").empty()) return Error(Errc::kInvalid, "crm_mon's answer has no <nodes>");

  ClusterState out;
  const pugi::xml_node summary = root.child("summary");
  const pugi::xml_node options = summary.child("cluster_options");
  out.quorate = is_true(summary.child("current_dc"), "with_quorum");
  out.fencing_enabled = is_true(options, "stonith-enabled") || is_true(options, "fencing-enabled");
  out.maintenance = is_true(options, "maintenance-mode");
  for (const pugi::xml_node node : root.child("nodes").children("node"))
    out.nodes.push_back(to_node(node));
  add_resources(root.child("resources"), out.resources);
  for (ResourceState& resource : out.resources)
    resource.lost =
        std::any_of(resource.nodes.begin(), resource.nodes.end(), [&](const std::string& name) {
          const NodeState* node = out.node(name);
          return node != nullptr && node->unclean;
        });
  for (const pugi::xml_node node : root.child("node_attributes").children("node"))
    for (NodeState& state : out.nodes)
      if (state.name == attribute(node, "name"))
        for (const pugi::xml_node one : node.children("attribute"))
          state.attributes[text(one, "name")] = text(one, "value");
  add_history(root.child("node_history"), text(summary.child("last_update"), "time"), out);
  for (const pugi::xml_node failure : root.child("failures").children("failure"))
    out.failures.push_back(to_failure(failure));
  for (const Failure& failure : out.failures)
    for (ResourceState& resource : out.resources)
      for (FailCount& counted : resource.fail_counts)
        if (resource.id == failure.resource && counted.node == failure.node)
          counted.reason = failure.reason;
  for (const pugi::xml_node ban : root.child("bans").children("ban"))
    out.bans.push_back({text(ban, "id"), text(ban, "resource"), text(ban, "node")});
  for (const pugi::xml_node event : root.child("fence_history").children("fence_event"))
    out.fencings.push_back(to_fencing(event));
  return out;
}

}  // namespace sheen::ha
