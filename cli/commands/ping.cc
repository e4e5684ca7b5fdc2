// SPDX-License-Identifier: Apache-2.0
// sheen ping TARGET: asks a server process of this host, over its admin socket, whether it is well.
// That does not go through the network or the lane, so it is answered when they are not.
#include <fmt/format.h>

#include "cli/admin_socket.h"
#include "cli/context.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

ExitOutcome show(const Context& context, const std::string& label) {
  SHEEN_ASSIGN(const Json answer, ask_admin_socket(label, "ping"));
  print(context, answer,
        fmt::format("{}: {}, epoch {}, pid {}, lane last seen {} ago\n", label,
                    answer["state"].text(), answer["epoch"].number(), answer["pid"].number(),
                    format_duration_ms(static_cast<uint64_t>(answer["lane_age_ms"].number()))));
  return kExitOk;
}

}  // namespace

void add_ping(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("ping", "is a target's process on this host well?");
  auto label = std::make_shared<std::string>();
  command->add_option("TARGET", *label, "for instance demo-OST0003")->required();
  command->callback(
      [&context, label] { context.action = [&context, label] { return show(context, *label); }; });
}

}  // namespace sheen::cli
