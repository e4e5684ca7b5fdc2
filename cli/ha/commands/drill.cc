// SPDX-License-Identifier: Apache-2.0
// sheen ha drill: a rehearsed failover of one target, timed by an application that uses it, and
// written down. Exit code 1 if the application waited longer than the limit or saw an error.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/admin_socket.h"
#include "cli/ha/drill/history.h"
#include "cli/ha/drill/probe.h"
#include "cli/ha/drill/scratch_mount.h"
#include "cli/ha/drill/uses.h"
#include "cli/ha/ha.h"
#include "cli/table.h"
#include "ha/placement.h"
#include "lib/base/clock.h"

namespace sheen::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct DrillOptions {
  std::string target;
  std::string kind = "move";
  std::string file = kHaDescriptionFile;
  std::string mountpoint;
  std::string history_file = kDrillHistory;
  double limit_s = 0;  // 0: the kind's usual one
  int timeout_s = 120;
  bool history = false;
};

// Seconds. A fencing device alone may take ten.
const std::map<std::string, double> kUsualLimits = {{"kill", 5}, {"move", 5}, {"fence", 30}};

Outcome<MgsPlace> mgs_of(const Context& context, const DrillOptions& options,
                         const std::string& fsname) {
  if (context.mgs.empty()) {
    SHEEN_ASSIGN(const auto description, load_description_if_there(options.file));
    const ha::FileSystem* known = description ? description->filesystem(fsname) : nullptr;
    if (known != nullptr) return MgsPlace{known->mgs, fsname};
  }
  SHEEN_ASSIGN(MgsPlace place, find_mgs(context));
  place.fsname = fsname;
  return place;
}

std::string source_of(const MgsPlace& mgs) {
  return fmt::format("{}:/{}", fmt::join(mgs.nodes, ":"), mgs.fsname);
}

Outcome<void> kill_server(const std::string& label, const std::string& node) {
  SHEEN_ASSIGN(const std::string own, own_node());
  if (own != node)
    return Complaint{kExitUsage, fmt::format("it runs on {}, and this is {}", node, own), label,
                     fmt::format("run this on {}, or choose another --kind", node)};
  SHEEN_ASSIGN(const Json answer, ask_admin_socket(label, "ping"));
  const auto pid = static_cast<pid_t>(answer["pid"].number());
  if (pid <= 1 || ::kill(pid, SIGKILL) != 0)
    return complain(errno_error(errno, "its process cannot be killed"), label);
  return {};
}

Outcome<void> move_away(const ha::Cib& cib, const ha::ClusterState& state,
                        const ha::ResourceState& target) {
  std::string why = "no other node may run it";
  for (const std::string& node : ha::nodes_of(cib, target.id)) {
    if (node == target.nodes.front()) continue;
    const auto reason = ha::obstacle(cib, state, target, node);
    if (!reason) return move_target(target.id, node);
    why = reason->why;
  }
  return Complaint{kExitFailed, why, target.id, "see sheen ha doctor"};
}

Outcome<void> fence_node(const std::string& label, const std::string& node) {
  SHEEN_ASSIGN(const std::string own, own_node());
  if (own == node)
    return Complaint{kExitUsage, "this is the node that would be fenced", label,
                     "run this on another node"};
  return run_pcs({"stonith", "fence", node});
}

Outcome<void> break_it(const DrillOptions& options, const ha::Cib& cib,
                       const ha::ClusterState& state, const ha::ResourceState& target) {
  if (options.kind == "kill") return kill_server(target.id, target.nodes.front());
  if (options.kind == "fence") return fence_node(target.id, target.nodes.front());
  return move_away(cib, state, target);
}

// Used again after it was broken, and Pacemaker says that it runs.
Outcome<std::string> wait_for_service(const Probe& probe, const std::string& label, int limit_s) {
  constexpr uint64_t kUses = 5;
  const uint64_t before = probe.uses();
  const SystemClock clock;
  const MonotonicNs end = clock.monotonic() + int64_t{limit_s} * kSecond;
  std::string why = "nobody serves it";
  while (clock.monotonic() < end) {
    if (probe.failed()) return std::string();
    const auto state = live_state();
    const ha::ResourceState* target = state ? state->resource(label) : nullptr;
    const bool runs = target != nullptr && target->runs();
    if (runs && probe.uses() >= before + kUses) return target->nodes.front();
    why = runs ? "it runs, but does not answer" : "Pacemaker does not start it";
    std::this_thread::sleep_for(milliseconds(200));
  }
  return Complaint{kExitFailed, fmt::format("after {} s: {}", limit_s, why), label,
                   "see sheen ha status and sheen ha doctor"};
}

Outcome<DrillRecord> drill(const Context& context, const DrillOptions& options, double limit_s) {
  SHEEN_ASSIGN(const TargetLabel label, at(options.target, TargetLabel::parse(options.target)));
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::ResourceState* target, find_target(state, options.target));
  if (target->nodes.size() != 1)
    return Complaint{kExitFailed, "it does not run: there is nothing to rehearse", target->id,
                     "see sheen ha status"};
  SHEEN_ASSIGN(const MgsPlace mgs, mgs_of(context, options, label.fsname));

  std::unique_ptr<ScratchMount> mount;
  UniqueFunction<Status()> use;
  if (label.kind == TargetKind::kMgt) {
    use = use_of_configuration(mgs);
  } else {
    SHEEN_ASSIGN(mount, ScratchMount::make(source_of(mgs), options.mountpoint));
    SHEEN_ASSIGN(use, use_of_data(label, mount->directory()));
  }
  Probe probe(std::move(use));
  std::this_thread::sleep_for(seconds(1));  // so that it is seen to work before
  DrillRecord record;
  record.when = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  record.target = target->id;
  record.kind = options.kind;
  record.from = target->nodes.front();
  record.limit_ms = static_cast<int64_t>(limit_s * 1000);
  SHEEN_TRY(break_it(options, cib, state, *target));
  const auto served = wait_for_service(probe, target->id, options.timeout_s);
  if (!served) {
    if (mount) mount->abandon();
    return served.error();
  }
  record.to = *served;
  const Probe::Outcome seen = probe.finish();
  record.longest_ms = seen.longest_ns / kMillisecond;
  record.uses = seen.uses;
  record.error = seen.error;
  record.passed = seen.error.empty() && record.longest_ms <= record.limit_ms;
  return record;
}

void add_row(const DrillRecord& record, Table& table) {
  table.row({record.when, record.target, record.kind, record.from, record.to,
             format_duration_ms(static_cast<uint64_t>(record.longest_ms)),
             format_duration_ms(static_cast<uint64_t>(record.limit_ms)),
             record.passed          ? "passed"
             : record.error.empty() ? "TOO LONG"
                                    : record.error});
}

Table empty_table() {
  return Table({"WHEN", "TARGET", "KIND", "FROM", "TO", ">PAUSE", ">LIMIT", "RESULT"});
}

ExitOutcome show_history(const Context& context, const DrillOptions& options) {
  Table table = empty_table();
  Json rows = Json::array();
  for (const DrillRecord& record : remembered(options.history_file)) {
    if (!options.target.empty() && record.target != options.target) continue;
    add_row(record, table);
    rows.push(record.to_json());
  }
  print(context, rows, table.empty() ? "no drills are on record\n" : table.to_string());
  return kExitOk;
}

ExitOutcome perform(const Context& context, const DrillOptions& options) {
  if (options.history) return show_history(context, options);
  if (options.target.empty()) return usage("which target?", "see sheen ha drill --help");
  const double limit_s = options.limit_s > 0 ? options.limit_s : kUsualLimits.at(options.kind);
  SHEEN_ASSIGN(const DrillRecord record, drill(context, options, limit_s));
  SHEEN_TRY(remember(options.history_file, record));
  Table table = empty_table();
  add_row(record, table);
  print(context, record.to_json(), table.to_string());
  return record.passed ? kExitOk : kExitFailed;
}

}  // namespace

void add_ha_drill(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand(
      "drill", "rehearse a failover of a target, timed from the side of an application");
  auto options = std::make_shared<DrillOptions>();
  command->add_option("TARGET", options->target, "for instance demo-OST0003");
  command
      ->add_option("--kind", options->kind,
                   "kill its process, move it, or fence the node that it is on")
      ->check(CLI::IsMember({"kill", "move", "fence"}))
      ->capture_default_str();
  command->add_option("--limit", options->limit_s, "seconds that an application may have to wait")
      ->check(CLI::Range(0.01, 3600.0));
  command->add_option("--timeout", options->timeout_s, "seconds after which it is given up")
      ->check(CLI::Range(5, 3600))
      ->capture_default_str();
  command->add_option("--mount", options->mountpoint,
                      "where the file system is mounted; it is mounted for the drill otherwise");
  add_description_option(command, options->file);
  command->add_option("--history-file", options->history_file, "the record of all drills")
      ->capture_default_str();
  command->add_flag("--history", options->history, "print the record");
  command->callback([&context, options] {
    context.action = [&context, options] { return perform(context, *options); };
  });
}

}  // namespace sheen::cli
