// SPDX-License-Identifier: Apache-2.0
// sheen events list|report: what the clusters of all the servers told the MGS; works wherever it is
// reached, on a client as well. The alert agent (ocf-agents/alert) reports; with --dead, clients
// look for that node's targets elsewhere at once. Any user may: a report is a hint.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/admin_session.h"
#include "cli/context.h"
#include "cli/mgs_place.h"
#include "cli/table.h"
#include "lib/target/host_name.h"

namespace sheen::cli {
namespace {

using EventPtr = std::unique_ptr<wire::ClusterEventT>;

// Of wire::ClusterEventKind, from 1.
constexpr std::array<std::string_view, 3> kKinds = {"fencing", "node", "resource"};

std::string_view kind_of(const wire::ClusterEventT& event) {
  return event.kind >= 1 && event.kind <= kKinds.size() ? kKinds[event.kind - 1] : "?";
}

// The newest first.
Outcome<std::vector<EventPtr>> fetch(AdminSession& session, const MgsPlace& mgs, size_t last) {
  std::vector<EventPtr> events;
  while (events.size() < last) {
    wire::ListEventsRequestT request;
    request.before = events.empty() ? 0 : events.back()->id;
    request.limit = static_cast<uint32_t>(last - events.size());
    SHEEN_ASSIGN(const auto reply,
                 at("MGS at " + mgs.to_string(),
                    session.call<wire::ListEventsRequest>(mgs.target(), request)));
    wire::ListEventsReplyT page;
    reply->UnPackTo(&page);
    // A page that does not lead further back would be asked for again and again.
    if (page.events.empty() || (!events.empty() && page.events.back()->id >= request.before)) break;
    std::move(page.events.begin(), page.events.end(), std::back_inserter(events));
  }
  return events;
}

std::string when(const wire::ClusterEventT& event) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::localtime(event.at / kSecond),
                     event.at % kSecond / kMillisecond);
}

ExitOutcome list(const Context& context, size_t last) {
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  AdminSession session;
  SHEEN_ASSIGN(auto events, fetch(session, mgs, last));
  // Each cluster's alerts overtake one another.
  std::sort(events.begin(), events.end(),
            [](const EventPtr& a, const EventPtr& b) { return a->at < b->at; });
  Table table({"WHEN", "KIND", "NODE", "REPORTED BY", "WHAT"});
  Json rows = Json::array();
  for (const EventPtr& event : events) {
    table.row({when(*event), std::string(kind_of(*event)), event->node, event->reporter,
               (event->failed ? "FAILED: " : "") + event->text});
    rows.push(Json::object()
                  .set("when", when(*event))
                  .set("at_ns", event->at)
                  .set("kind", kind_of(*event))
                  .set("node", event->node)
                  .set("resource", event->resource)
                  .set("failed", event->failed)
                  .set("text", event->text)
                  .set("reporter", event->reporter));
  }
  print(context, Json::object().set("events", std::move(rows)),
        table.empty() ? "nothing was told yet\n" : table.to_string());
  return kExitOk;
}

// The MGS may be among what has just failed. Pacemaker gives an alert 30 s.
constexpr int64_t kReportPatienceNs = 20 * kSecond;
constexpr size_t kTextMax = 1024;  // the MGS's limit

struct Report {
  std::string kind;
  std::string node;
  std::string resource;
  std::string text;
  double at = 0;
  bool failed = false;
  bool dead = false;
};

// The text is another program's; the MGS takes neither control characters nor a novel.
std::string one_line(std::string text) {
  text.resize(std::min(text.size(), kTextMax));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

ExitOutcome tell(const Context& context, const Report& report) {
  const auto kind = std::find(kKinds.begin(), kKinds.end(), report.kind);
  if (kind == kKinds.end())
    return usage(fmt::format("there are no events of kind '{}'", report.kind));
  if (report.dead && (report.kind != "fencing" || report.failed))
    return usage("only a fencing that has not failed makes a node --dead");
  SHEEN_ASSIGN(const MgsPlace mgs, find_mgs(context));
  wire::ReportEventRequestT request;
  request.event = std::make_unique<wire::ClusterEventT>();
  request.event->kind = static_cast<uint8_t>(kind - kKinds.begin() + 1);
  request.event->failed = report.failed;
  // A double holds a time of today to the microsecond.
  request.event->at = std::llround(report.at * 1e6) * kMicrosecond;
  request.event->node = report.node;
  request.event->resource = report.resource;
  request.event->text = one_line(report.text);
  request.event->reporter = target::host_name();
  request.node_is_dead = report.dead;
  AdminSession session(kReportPatienceNs);
  const auto reply =
      session.call<wire::ReportEventRequest>(mgs.target(), request, rpc::RequestKind::kChange);
  if (!reply)
    return Complaint{kExitUnreachable, plain_words(reply.error(), mgs.to_string()), mgs.to_string(),
                     "clients find out by themselves, later"};
  const uint32_t told = (*reply)->told();
  print(
      context, Json::object().set("told", told),
      report.dead ? fmt::format("{} sessions were told that {} is dead\n", told, report.node) : "");
  return kExitOk;
}

}  // namespace

void add_events(CLI::App& app, Context& context) {
  auto* events =
      app.add_subcommand("events", "fencings, members and resources, as clusters told the MGS");
  events->require_subcommand(1);

  auto* list_command = events->add_subcommand("list", "the last ones, of all clusters");
  auto last = std::make_shared<size_t>(30);
  list_command->add_option("--last", *last, "how many (the MGS keeps 1000)")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  list_command->callback(
      [&context, last] { context.action = [&context, last] { return list(context, *last); }; });

  auto* report_command = events->add_subcommand("report", "tell the MGS of one (for alert agents)");
  auto report = std::make_shared<Report>();
  report_command->add_option("KIND", report->kind, "fencing, node or resource")->required();
  report_command->add_option("NODE", report->node, "to whom, or where")->required();
  report_command->add_option("--resource", report->resource, "of which resource");
  report_command->add_option("--text", report->text, "what, for people");
  report_command->add_option("--at", report->at, "when, in seconds since 1970; else now")
      ->check(CLI::Range(0.0, 9e9));
  report_command->add_flag("--failed", report->failed, "it went wrong");
  report_command->add_flag("--dead", report->dead, "the node runs nothing any more");
  report_command->callback([&context, report] {
    context.action = [&context, report] { return tell(context, *report); };
  });
}

}  // namespace sheen::cli
