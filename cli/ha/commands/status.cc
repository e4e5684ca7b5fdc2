// SPDX-License-Identifier: Apache-2.0
// sheen ha status: a line for each node and each target: where it is, since when, why there, what
// failed, how its clients are; then the command that clears each ban and failure. Pacemaker is
// asked on this node, the targets over the network. Exit code 1 if a target does not run.
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/filesystem.h"
#include "cli/ha/ha.h"
#include "cli/table.h"
#include "ha/placement.h"

namespace sheen::cli {
namespace {

constexpr int64_t kTargetTimeoutNs = 2 * kSecond;

using Reports = std::map<std::string, TargetReport>;

// Of all the file systems whose MGS is known here; that some are not is no reason to say nothing.
Reports ask_filesystems(const Context& context, const std::optional<ha::Description>& description) {
  std::vector<MgsPlace> places;
  if (description)
    for (const ha::FileSystem& one : description->filesystems)
      places.push_back({one.mgs, one.name});
  if (places.empty())
    if (auto place = find_mgs(context)) places.push_back(std::move(*place));
  Reports out;
  AdminSession session;
  for (const MgsPlace& place : places) {
    const auto map = fetch_map(session, place);
    if (!map) continue;
    for (TargetReport& report : ask_targets(session, place, *map, kTargetTimeoutNs))
      out.emplace(report.label, std::move(report));
  }
  return out;
}

std::string service_of(const Reports& reports, const std::string& label) {
  const auto found = reports.find(label);
  if (found == reports.end()) return "not known here";
  if (!found->second.status) return found->second.down;
  const wire::TargetStatusReplyT& status = *found->second.status;
  size_t back = 0;
  for (const auto& session : status.sessions)
    if (session->recovered) ++back;
  if (status.state == "recovering")
    return fmt::format("recovering, {} of {} clients back", back, status.sessions.size());
  return fmt::format("{}, {} sessions", status.state, status.sessions.size());
}

std::string failures_of(const ha::ResourceState& resource) {
  std::vector<std::string> out;
  for (const ha::FailCount& one : resource.fail_counts)
    out.push_back(fmt::format("{} on {}", one.count, one.node));
  return out.empty() ? "-" : fmt::format("{}", fmt::join(out, ", "));
}

// "Mon Nov 23 17:08:51 2026" without what everybody knows.
std::string short_time(const std::string& when) {
  return when.size() == 24 ? when.substr(4, 15) : when.empty() ? "-" : when;
}

Json target_json(const ha::ResourceState& resource, const std::string& why,
                 const std::vector<ha::Reason>& clearable, const std::string& service) {
  Json nodes = Json::array();
  for (const std::string& node : resource.nodes) nodes.push(node);
  Json failures = Json::array();
  for (const ha::FailCount& one : resource.fail_counts)
    failures.push(Json::object().set("node", one.node).set("count", one.count));
  Json commands = Json::array();
  for (const ha::Reason& one : clearable)
    commands.push(Json::object().set("why", one.why).set("command", one.clear));
  return Json::object()
      .set("label", resource.id)
      .set("role", resource.role)
      .set("nodes", std::move(nodes))
      .set("since", resource.since)
      .set("why", why)
      .set("clearable", std::move(commands))
      .set("failures", std::move(failures))
      .set("service", service);
}

ExitOutcome show(const Context& context, const std::string& file) {
  SHEEN_ASSIGN(const auto description, load_description_if_there(file));
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  const Reports reports = ask_filesystems(context, description);

  Table nodes({"NODE", "STATE", "TARGETS"});
  Json node_rows = Json::array();
  for (const ha::NodeState& node : state.nodes) {
    nodes.row(
        {node.name, node.word(), fmt::format("{}", fmt::join(state.targets_on(node.name), " "))});
    node_rows.push(Json::object().set("name", node.name).set("state", node.word()));
  }

  Table targets({"TARGET", "NODE", "SINCE", "FAILURES", "SERVICE", "WHY"});
  Json target_rows = Json::array();
  Table advice({"TARGET", "WHAT", "TO CHANGE THAT"});
  bool all_run = true;
  for (const ha::ResourceState& resource : state.resources) {
    if (!resource.is_target()) continue;
    all_run = all_run && resource.runs();
    const std::string why = ha::explain(cib, state, resource).why;
    const auto clearable = ha::clearable(cib, state, resource);
    const std::string service = service_of(reports, resource.id);
    targets.row(
        {resource.id,
         resource.nodes.empty() ? resource.role : fmt::format("{}", fmt::join(resource.nodes, ",")),
         short_time(resource.since), failures_of(resource), service, why});
    target_rows.push(target_json(resource, why, clearable, service));
    for (const ha::Reason& one : clearable) advice.row({resource.id, one.why, one.clear});
  }
  const char* trouble = !state.quorate           ? "NO QUORUM\n\n"
                        : !state.fencing_enabled ? "FENCING IS OFF\n\n"
                                                 : "";
  print(context,
        Json::object()
            .set("quorate", state.quorate)
            .set("fencing", state.fencing_enabled)
            .set("nodes", std::move(node_rows))
            .set("targets", std::move(target_rows)),
        fmt::format("{}{}\n{}{}", trouble, nodes.to_string(), targets.to_string(),
                    advice.empty() ? "" : "\n" + advice.to_string()));
  return all_run ? kExitOk : kExitFailed;
}

}  // namespace

void add_ha_status(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand("status", "where every target is, and why there");
  auto file = std::make_shared<std::string>(kHaDescriptionFile);
  add_description_option(command, *file);
  command->callback(
      [&context, file] { context.action = [&context, file] { return show(context, *file); }; });
}

}  // namespace sheen::cli
