// SPDX-License-Identifier: Apache-2.0
// sheen demo status: which of the demo's processes run. Exit code 1 if one does not.
#include <algorithm>

#include <fmt/format.h>

#include "cli/demo/demo.h"
#include "cli/demo/layout.h"
#include "cli/mounts.h"
#include "cli/table.h"

namespace sheen::cli::demo {
namespace {

struct Row {
  std::string name;
  std::optional<pid_t> pid;
  std::string note;
};

}  // namespace

ExitOutcome status(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  SHEEN_ASSIGN(const auto servers, layout.servers());
  if (servers.empty())
    return Complaint{kExitFailed, "there is no demo", layout.directory(),
                     "sheen demo up makes one"};
  std::vector<Row> rows;
  rows.push_back({"supervisor", running(layout.supervisor_pid_file(), layout.supervisor_identity()),
                  layout.supervisor_log()});
  for (const Server& server : servers)
    rows.push_back({server.label, running(server.pid_file, server.identity()), server.log_file});
  rows.push_back(
      {"client", running(layout.client_pid_file(), layout.client_identity()),
       is_mountpoint(layout.mountpoint()) ? "mounted at " + layout.mountpoint() : "not mounted"});
  const bool all = std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.pid; });

  Table table({"PROCESS", ">PID", "STATE", "SEE"});
  Json processes = Json::array();
  for (const Row& row : rows) {
    table.row(
        {row.name, row.pid ? fmt::to_string(*row.pid) : "-", row.pid ? "runs" : "down", row.note});
    Json json = Json::object();
    json.set("name", row.name).set("runs", row.pid.has_value());
    if (row.pid) json.set("pid", *row.pid);
    processes.push(std::move(json));
  }
  Json json = Json::object();
  json.set("directory", layout.directory()).set("mountpoint", layout.mountpoint());
  json.set("processes", std::move(processes));
  print(context, json, table.to_string());
  return all ? kExitOk : kExitFailed;
}

}  // namespace sheen::cli::demo
