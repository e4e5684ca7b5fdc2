// SPDX-License-Identifier: Apache-2.0
// sheen ha doctor: what will hurt at the next failover. Of devices, units and corosync only this
// node's are seen: run it on each. Exit code 1 if something would keep a failover from working.
#include <fmt/format.h>

#include "cli/ha/ha.h"
#include "cli/ha/local_facts.h"
#include "ha/doctor.h"

namespace sheen::cli {
namespace {

const char* word(ha::Severity severity) {
  switch (severity) {
    case ha::Severity::kNote: return "note";
    case ha::Severity::kWarning: return "warning";
    case ha::Severity::kError: return "ERROR";
  }
  return "?";
}

ExitOutcome examine(const Context& context, const std::string& file) {
  SHEEN_ASSIGN(const auto description, load_description_if_there(file));
  SHEEN_ASSIGN(const ha::Cib cib, live_cib());
  SHEEN_ASSIGN(const ha::ClusterState state, live_state());
  SHEEN_ASSIGN(const ha::LocalFacts facts, gather_local_facts(cib));
  const auto findings = ha::examine(cib, state, facts, description ? &*description : nullptr);
  std::string text;
  Json rows = Json::array();
  bool sick = false;
  for (const ha::Finding& one : findings) {
    sick = sick || one.severity == ha::Severity::kError;
    text += fmt::format("{}: {}: {}\n", word(one.severity), one.about, one.what);
    if (!one.advice.empty()) text += fmt::format("    {}\n", one.advice);
    rows.push(Json::object()
                  .set("severity", word(one.severity))
                  .set("about", one.about)
                  .set("what", one.what)
                  .set("advice", one.advice));
  }
  print(context, rows,
        findings.empty() ? fmt::format("nothing wrong, seen from {}\n", facts.node) : text);
  return sick ? kExitFailed : kExitOk;
}

}  // namespace

void add_ha_doctor(CLI::App& ha, Context& context) {
  auto* command = ha.add_subcommand("doctor", "what will hurt at the next failover");
  auto file = std::make_shared<std::string>(kHaDescriptionFile);
  add_description_option(command, *file);
  command->callback(
      [&context, file] { context.action = [&context, file] { return examine(context, *file); }; });
}

}  // namespace sheen::cli
