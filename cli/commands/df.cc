// SPDX-License-Identifier: Apache-2.0
// sheen df: the space of every MDT and OST and the sum, as `lfs df`. Bytes for files are the OSTs',
// inodes the MDTs'. Exit code 1 if a target did not answer: the sum is then too low.
#include <fmt/format.h>

#include "cli/context.h"
#include "cli/filesystem.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

constexpr int64_t kTargetTimeoutNs = 2 * kSecond;

struct Sum {
  uint64_t total = 0;
  uint64_t used = 0;
  uint64_t available = 0;
};

struct Report {
  Table table{
      {"TARGET", ">SIZE", ">USED", ">AVAIL", ">USE%", ">INODES", ">IUSED", ">IFREE", ">IUSE%"}};
  Json targets = Json::array();
  Sum osts;
  uint64_t inodes_total = 0;
  uint64_t inodes_free = 0;
  size_t missing = 0;
};

void add_target(Report& report, const TargetReport& target, TargetKind kind, bool exact) {
  Json json = Json::object();
  json.set("label", target.label).set("up", target.status.has_value());
  if (!target.status) {
    ++report.missing;
    report.table.row({target.label, "-", "-", "-", "-", "-", "-", "-", "down"});
    report.targets.push(std::move(json));
    return;
  }
  const wire::StatfsReplyT& s = *target.status->space;
  const uint64_t used = s.bytes_total - s.bytes_free;
  const uint64_t inodes_used = s.inodes_total - s.inodes_free;
  const auto bytes = [exact](uint64_t n) { return exact ? fmt::to_string(n) : format_bytes(n); };
  report.table.row({target.label, bytes(s.bytes_total), bytes(used), bytes(s.bytes_available),
                    format_percent(used, used + s.bytes_available), fmt::to_string(s.inodes_total),
                    fmt::to_string(inodes_used), fmt::to_string(s.inodes_free),
                    format_percent(inodes_used, s.inodes_total)});
  json.set("bytes_total", s.bytes_total).set("bytes_used", used);
  json.set("bytes_available", s.bytes_available);
  json.set("inodes_total", s.inodes_total).set("inodes_free", s.inodes_free);
  json.set("read_only", s.read_only);
  report.targets.push(std::move(json));
  if (kind == TargetKind::kOst) {
    report.osts.total += s.bytes_total;
    report.osts.used += used;
    report.osts.available += s.bytes_available;
  } else {
    report.inodes_total += s.inodes_total;
    report.inodes_free += s.inodes_free;
  }
}

ExitOutcome show(const Context& context, bool exact) {
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  SHEEN_ASSIGN(const rpc::ClusterMap map, fetch_map(session, mgs));
  const auto targets = ask_targets(session, mgs, map, kTargetTimeoutNs);

  Report report;
  for (size_t i = 0; i < map.targets.size(); ++i)  // targets[0] is the MGS
    add_target(report, targets[i + 1], map.targets[i].label.kind, exact);
  const auto bytes = [exact](uint64_t n) { return exact ? fmt::to_string(n) : format_bytes(n); };
  const uint64_t inodes_used = report.inodes_total - report.inodes_free;
  report.table.row(
      {map.fsname, bytes(report.osts.total), bytes(report.osts.used), bytes(report.osts.available),
       format_percent(report.osts.used, report.osts.used + report.osts.available),
       fmt::to_string(report.inodes_total), fmt::to_string(inodes_used),
       fmt::to_string(report.inodes_free), format_percent(inodes_used, report.inodes_total)});
  Json json = Json::object();
  json.set("fsname", map.fsname).set("targets_missing", report.missing);
  Json total = Json::object();
  total.set("bytes_total", report.osts.total).set("bytes_used", report.osts.used);
  total.set("bytes_available", report.osts.available);
  total.set("inodes_total", report.inodes_total).set("inodes_free", report.inodes_free);
  json.set("total", std::move(total)).set("targets", std::move(report.targets));
  print(context, json, report.table.to_string());
  return report.missing == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void add_df(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("df", "space per target and in all");
  auto exact = std::make_shared<bool>(false);
  command->add_flag("--bytes", *exact, "exact numbers instead of rounded ones");
  command->callback(
      [&context, exact] { context.action = [&context, exact] { return show(context, *exact); }; });
}

}  // namespace sheen::cli
