// SPDX-License-Identifier: Apache-2.0
// sheen log-level TARGET LEVEL: how much a running server process of this host logs.
#include <fmt/format.h>

#include "cli/admin_socket.h"
#include "cli/context.h"
#include "lib/base/log.h"

namespace sheen::cli {
namespace {

ExitOutcome set(const Context& context, const std::string& label, const std::string& level) {
  if (!log::parse_level(level))
    return usage(fmt::format("'{}' is no log level", level),
                 "give error, warning, notice, info or debug");
  SHEEN_TRY(ask_admin_socket(label, "log-level " + level));
  print(context, Json::object().set("target", label).set("log_level", level), "");
  return kExitOk;
}

}  // namespace

void add_log_level(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("log-level", "how much a target's process on this host logs");
  auto label = std::make_shared<std::string>();
  auto level = std::make_shared<std::string>();
  command->add_option("TARGET", *label, "for instance demo-OST0003")->required();
  command->add_option("LEVEL", *level, "error, warning, notice, info or debug")->required();
  command->callback([&context, label, level] {
    context.action = [&context, label, level] { return set(context, *label, *level); };
  });
}

}  // namespace sheen::cli
