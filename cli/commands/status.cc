// SPDX-License-Identifier: Apache-2.0
// sheen status: who serves what, in which epoch, for whom. The MGS says which targets there are;
// each target is asked itself, all at once. Exit code 1 if one of them is down.
#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "cli/context.h"
#include "cli/filesystem.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

constexpr int64_t kTargetTimeoutNs = 2 * kSecond;

std::string_view role_name(uint8_t role) {
  switch (static_cast<wire::PeerRole>(role)) {
    case wire::PeerRole::kClient: return "client";
    case wire::PeerRole::kMdt: return "MDT";
    case wire::PeerRole::kOst: return "OST";
    case wire::PeerRole::kAdmin: return "admin";
  }
  return "?";
}

// One mount, as all targets together see it.
struct ClientRow {
  std::string name;
  size_t targets = 0;
  size_t unrecovered = 0;
  uint64_t last_heard_ms = UINT64_MAX;
  uint64_t opens = 0;
  uint64_t locks = 0;
};

std::map<std::string, ClientRow> clients_of(const std::vector<TargetReport>& reports) {
  std::map<std::string, ClientRow> clients;
  for (const TargetReport& report : reports) {
    if (!report.status) continue;
    for (const auto& session : report.status->sessions) {
      if (static_cast<wire::PeerRole>(session->role) != wire::PeerRole::kClient) continue;
      ClientRow& row = clients[session->uuid];
      row.name = session->name;
      ++row.targets;
      if (!session->recovered) ++row.unrecovered;
      row.last_heard_ms = std::min(row.last_heard_ms, session->last_heard_ms);
      row.opens += session->opens;
      row.locks += session->locks;
    }
  }
  return clients;
}

std::string state_of(const wire::TargetStatusReplyT& status) {
  if (status.state != "recovering") return status.state;
  const auto waiting = std::count_if(status.sessions.begin(), status.sessions.end(),
                                     [](const auto& session) { return !session->recovered; });
  return fmt::format("recovering (waits for {} of {})", waiting, status.sessions.size());
}

uint64_t used(const wire::StatfsReplyT& space) { return space.bytes_total - space.bytes_free; }

std::string target_table(const std::vector<TargetReport>& reports) {
  Table table({"TARGET", ">EPOCH", "HOST", ">PID", ">UPTIME", ">SESSIONS", ">SIZE", ">USED",
               ">AVAIL", "STATE"});
  for (const TargetReport& report : reports) {
    const std::string host = report.host_name.empty() ? "-" : report.host_name;
    if (!report.status) {
      table.row({report.label, fmt::to_string(report.epoch), host, "-", "-", "-", "-", "-", "-",
                 "down (" + report.down + ")"});
      continue;
    }
    const wire::TargetStatusReplyT& s = *report.status;
    table.row({report.label, fmt::to_string(s.epoch), host, fmt::to_string(s.pid),
               format_duration_ms(s.uptime_ms), fmt::to_string(s.sessions.size()),
               format_bytes(s.space->bytes_total), format_bytes(used(*s.space)),
               format_bytes(s.space->bytes_available), state_of(s)});
  }
  return table.to_string();
}

std::string client_table(const std::map<std::string, ClientRow>& clients) {
  Table table({"CLIENT", "UUID", ">TARGETS", ">OPENS", ">LOCKS", ">HEARD", "STATE"});
  for (const auto& [uuid, row] : clients)
    table.row({row.name, uuid, fmt::to_string(row.targets), fmt::to_string(row.opens),
               fmt::to_string(row.locks), format_duration_ms(row.last_heard_ms) + " ago",
               row.unrecovered == 0 ? "ok" : fmt::format("not back at {}", row.unrecovered)});
  return table.empty() ? "" : "\n" + table.to_string();
}

// They travel as text.
void set_counter(Json& counters, const std::string& name, const std::string& value) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc{} && end == value.data() + value.size())
    counters.set(name, number);
  else
    counters.set(name, value);
}

Json target_json(const TargetReport& report) {
  Json json = Json::object();
  json.set("label", report.label).set("up", report.status.has_value());
  if (!report.status) {
    json.set("epoch", report.epoch).set("host", report.host_name).set("reason", report.down);
    return json;
  }
  const wire::TargetStatusReplyT& s = *report.status;
  json.set("state", s.state).set("uuid", s.uuid).set("epoch", s.epoch).set("host", s.host_name);
  json.set("pid", s.pid).set("uptime_ms", s.uptime_ms);
  json.set("transno", s.transno).set("committed", s.committed);
  Json space = Json::object();
  space.set("bytes_total", s.space->bytes_total).set("bytes_free", s.space->bytes_free);
  space.set("bytes_available", s.space->bytes_available);
  space.set("inodes_total", s.space->inodes_total).set("inodes_free", s.space->inodes_free);
  space.set("read_only", s.space->read_only);
  json.set("space", std::move(space));
  Json sessions = Json::array();
  for (const auto& session : s.sessions) {
    Json row = Json::object();
    row.set("uuid", session->uuid).set("name", session->name);
    row.set("role", role_name(session->role)).set("last_heard_ms", session->last_heard_ms);
    row.set("opens", session->opens).set("locks", session->locks);
    row.set("recovered", session->recovered);
    sessions.push(std::move(row));
  }
  json.set("sessions", std::move(sessions));
  Json counters = Json::object();
  for (const auto& counter : s.counters) set_counter(counters, counter->key, counter->value);
  json.set("counters", std::move(counters));
  return json;
}

ExitOutcome show(const Context& context) {
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  SHEEN_ASSIGN(const rpc::ClusterMap map, fetch_map(session, mgs));
  const auto reports = ask_targets(session, mgs, map, kTargetTimeoutNs);
  const auto down = static_cast<size_t>(std::count_if(
      reports.begin(), reports.end(), [](const TargetReport& r) { return !r.status; }));

  Json json = Json::object();
  json.set("fsname", map.fsname).set("version", map.version).set("mgs", mgs.to_string());
  json.set("targets_down", down);
  Json targets = Json::array();
  for (const TargetReport& report : reports) targets.push(target_json(report));
  json.set("targets", std::move(targets));

  const std::string health = down == 0 ? "all targets up" : fmt::format("{} down", down);
  print(context, json,
        fmt::format("{}: {}, configuration version {}, MGS at {}\n\n{}{}", map.fsname, health,
                    map.version, mgs.to_string(), target_table(reports),
                    client_table(clients_of(reports))));
  return down == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  app.add_subcommand("status", "targets, epochs, sessions, space and recovery")
      ->callback([&context] { context.action = [&context] { return show(context); }; });
}

}  // namespace sheen::cli
