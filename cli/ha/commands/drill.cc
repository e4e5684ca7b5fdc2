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
#include "cli/ha/drill/deferred_signals.h"
#include "cli/ha/drill/history.h"
#include "cli/ha/drill/patience.h"
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
                        const ha::ResourceState& target, const Patience& patience) {
  std::string why = "no other node may run it";
  for (const std::string& node : ha::nodes_of(cib, target.id)) {
    if (node == target.nodes.front()) continue;
    const auto reason = ha::obstacle(cib, state, target, node);
    if (!reason) return move_target(target.id, node, patience);
    why = reason->why;
  }
  return Complaint{kExitFailed, why, target.id, "see sheen ha doctor"};
}

Outcome<void> fence_node(const std::string& label, const std::string& node,
                         const Patience& patience) {
  SHEEN_ASSIGN(const std::string own, own_node());
  if (own == node)
    return Complaint{kExitUsage, "this is the node that would be fenced", label,
                     "run this on another node"};
  return run_pcs({"stonith", "fence", node}, patience);
}

Outcome<void> break_it(const DrillOptions& options, const ha::Cib& cib,
                       const ha::ClusterState& state, const ha::ResourceState& target,
                       const Patience& patience) {
  if (options.kind == "kill") return kill_server(target.id, target.nodes.front());
  if (options.kind == "fence") return fence_node(target.id, target.nodes.front(), patience);
  return move_away(cib, state, target, patience);
}

Complaint stopped_by(const char* signal, const std::string& label) {
  return {kExitFailed, fmt::format("the drill was stopped by {}", signal), label,
          "see sheen ha status for what was done"};
}

// What is done on a mount may wait for ever: its target may be gone already.
Outcome<UniqueFunction<Status()>> begin_use(const TargetLabel& label, const std::string& directory,
                                            int limit_s, const DeferredSignals& signals) {
  using Use = Outcome<UniqueFunction<Status()>>;
  const auto use = std::make_shared<std::optional<Use>>();
  const bool done = done_within(
      seconds(limit_s), [use, label, directory] { *use = use_of_data(label, directory); },
      [&signals] { return signals.arrived() != nullptr; });
  if (done) return std::move(**use);
  if (const char* signal = signals.arrived()) return stopped_by(signal, label.to_string());
  return Complaint{kExitFailed, fmt::format("after {} s: the file system does not answer", limit_s),
                   label.to_string(), "a drill begins with what works: see sheen ha status"};
}

// Used again after it was broken, and Pacemaker says that it runs.
Outcome<std::string> wait_for_service(const Probe& probe, const std::string& label, int limit_s,
                                      const DeferredSignals& signals) {
  constexpr uint64_t kUses = 5;
  const uint64_t before = probe.uses();
  const SystemClock clock;
  const MonotonicNs end = clock.monotonic() + int64_t{limit_s} * kSecond;
  std::string why = "nobody serves it";
  while (clock.monotonic() < end) {
    if (probe.failed()) return std::string();
    if (const char* signal = signals.arrived()) return stopped_by(signal, label);
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

// What is on record of a drill, and what is said of one that did not come to its end.
struct Drilled {
  DrillRecord record;
  std::optional<Complaint> complaint;
};

Drilled not_finished(DrillRecord record, const Complaint& why, const Probe& probe,
                     int64_t since_broken_ns) {
  record.longest_ms = since_broken_ns / kMillisecond;
  record.uses = probe.uses();
  record.error = why.what;
  return {std::move(record), why};
}

Outcome<Drilled> drill(const Context& context, const DrillOptions& options, double limit_s,
                       const DeferredSignals& signals) {
  SHEEN_ASSIGN(const TargetLabel label, at(options.target, TargetLabel::parse(options.target)));
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::ResourceState* target, find_target(state, options.target));
  if (!target->runs())
    return Complaint{kExitFailed, "it does not run: there is nothing to rehearse", target->id,
                     "see sheen ha status"};
  const Patience patience{options.timeout_s, [&signals] { return signals.arrived() != nullptr; }};
  SHEEN_ASSIGN(const MgsPlace mgs, mgs_of(context, options, label.fsname));

  std::unique_ptr<ScratchMount> mount;
  UniqueFunction<Status()> use;
  if (label.kind == TargetKind::kMgt) {
    use = use_of_configuration(mgs);
  } else {
    auto made = ScratchMount::make(source_of(mgs), options.mountpoint, patience);
    if (const char* signal = signals.arrived()) return stopped_by(signal, target->id);
    if (!made) return std::move(made).error();
    mount = std::move(*made);
    SHEEN_ASSIGN(use, begin_use(label, mount->directory(), options.timeout_s, signals));
  }
  Probe probe(std::move(use));
  std::this_thread::sleep_for(seconds(1));  // so that it is seen to work before
  if (const char* signal = signals.arrived()) return stopped_by(signal, target->id);
  DrillRecord record;
  record.when = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  record.target = target->id;
  record.kind = options.kind;
  record.from = target->nodes.front();
  record.limit_ms = static_cast<int64_t>(limit_s * 1000);
  const SystemClock clock;
  const MonotonicNs begin = clock.monotonic();
  if (const auto broken = break_it(options, cib, state, *target, patience); !broken) {
    if (broken.error().exit_code == kExitUsage) return broken.error();  // nothing was tried
    const char* signal = signals.arrived();
    return not_finished(std::move(record),
                        signal == nullptr ? broken.error() : stopped_by(signal, target->id), probe,
                        clock.monotonic() - begin);
  }
  const auto served = wait_for_service(probe, target->id, options.timeout_s, signals);
  if (!served)
    return not_finished(std::move(record), served.error(), probe, clock.monotonic() - begin);
  record.to = *served;
  const Probe::Outcome seen = probe.finish(seconds(options.timeout_s));
  record.longest_ms = seen.longest_ns / kMillisecond;
  record.uses = seen.uses;
  record.error = seen.error;
  record.passed = seen.error.empty() && record.longest_ms <= record.limit_ms;
  return Drilled{std::move(record), std::nullopt};
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
  const DeferredSignals signals;
  SHEEN_ASSIGN(const Drilled drilled, drill(context, options, limit_s, signals));
  const DrillRecord& record = drilled.record;
  const auto written = remember(options.history_file, record);
  if (drilled.complaint) return *drilled.complaint;
  if (!written) return written.error();
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
      ->add_option(
          "--kind", options->kind,
          "kill its process (typed where it runs), move it, or fence the node that it is on "
          "(typed elsewhere)")
      ->check(CLI::IsMember({"kill", "move", "fence"}))
      ->capture_default_str();
  command
      ->add_option("--limit", options->limit_s,
                   "seconds that an application may have to wait; kill and move 5, fence 30")
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
