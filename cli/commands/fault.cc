// SPDX-License-Identifier: Apache-2.0
// sheen fault list|arm|disarm TARGET: fault points of a server process of this host, for tests.
// Only a process that was started with --unlock-unsafe lets them be armed.
#include <fmt/format.h>

#include "cli/admin_socket.h"
#include "cli/context.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

struct Arguments {
  std::string label;
  std::string spec;  // POINT=ACTION to arm, POINT to disarm
};

ExitOutcome list(const Context& context, const Arguments& arguments) {
  SHEEN_ASSIGN(const Json answer, ask_admin_socket(arguments.label, "fault list"));
  Table table({"POINT", "ACTION", ">HITS"});
  for (const Json& row : answer.items())
    table.row({std::string(row["point"].text()), std::string(row["action"].text()),
               fmt::to_string(row["hits"].number())});
  print(context, answer, table.empty() ? "no fault point is armed\n" : table.to_string());
  return kExitOk;
}

ExitOutcome arm(const Context& context, const Arguments& arguments) {
  if (arguments.spec.find('=') == std::string::npos)
    return usage(fmt::format("'{}' is no POINT=ACTION", arguments.spec),
                 "give for instance target.lane.after_commit=crash*1");
  SHEEN_TRY(ask_admin_socket(arguments.label, "fault arm " + arguments.spec));
  print(context, Json::object().set("armed", arguments.spec), "");
  return kExitOk;
}

ExitOutcome disarm(const Context& context, const Arguments& arguments) {
  const std::string command =
      arguments.spec.empty() ? "fault disarm" : "fault disarm " + arguments.spec;
  SHEEN_TRY(ask_admin_socket(arguments.label, command));
  print(context, Json::object().set("disarmed", arguments.spec.empty() ? "all" : arguments.spec),
        "");
  return kExitOk;
}

}  // namespace

void add_fault(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("fault", "fault points of a target's process (tests only)");
  command->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* meaning, auto run) {
    auto* sub = command->add_subcommand(name, meaning);
    sub->add_option("TARGET", arguments->label, "for instance demo-OST0003")->required();
    sub->callback([&context, arguments, run] {
      context.action = [&context, arguments, run] { return run(context, *arguments); };
    });
    return sub;
  };
  add("list", "what is armed, and how often it was hit", list);
  add("arm", "make a point fail, crash, delay or drop", arm)
      ->add_option("SPEC", arguments->spec, "POINT=ACTION, ACTION with *N times or %N one in N")
      ->required();
  add("disarm", "one point, or all", disarm)->add_option("POINT", arguments->spec, "all if absent");
}

}  // namespace sheen::cli
