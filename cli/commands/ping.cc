// SPDX-License-Identifier: Apache-2.0
// sheen ping TARGET: asks a server process of this host, over its admin socket, whether it is well.
// That does not go through the network or the lane, so it is answered when they are not.
#include <fmt/format.h>

#include "cli/admin_socket.h"
#include "cli/context.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

struct PingOptions {
  std::string label;
  double timeout_s = kAdminTimeoutMs / 1000.0;
  bool plain = false;
  bool probe = false;
};

// NAME=VALUE lines, for shell scripts (ocf-agents/lib/health.sh).
std::string plain_text(const Json& answer) {
  std::string lines;
  for (const char* name : {"label", "uuid", "state", "probe_error", "degraded"})
    lines += fmt::format("{}={}\n", name, answer[name].text());
  for (const char* name : {"epoch", "pid", "lane_age_ms", "store_age_ms", "used_percent", "probes"})
    lines += fmt::format("{}={}\n", name, answer[name].number());
  return lines;
}

std::string human_text(const PingOptions& options, const Json& answer) {
  const auto ago = [&](const char* name) {
    return format_duration_ms(static_cast<uint64_t>(answer[name].number()));
  };
  std::string text =
      fmt::format("{}: {}, epoch {}, pid {}, lane last seen {} ago, storage {} ago\n",
                  options.label, answer["state"].text(), answer["epoch"].number(),
                  answer["pid"].number(), ago("lane_age_ms"), ago("store_age_ms"));
  if (!answer["registered"].flag(true))
    text += fmt::format("{}: not registered at the MGS: clients do not hear of it\n", options.label);
  if (const auto degraded = answer["degraded"].text(); !degraded.empty())
    text += fmt::format("{}: {}\n", options.label, degraded);
  return text;
}

ExitOutcome show(const Context& context, const PingOptions& options) {
  SHEEN_ASSIGN(const Json answer, ask_admin_socket(options.label, options.probe ? "probe" : "ping",
                                                   static_cast<int>(options.timeout_s * 1000)));
  print(context, answer, options.plain ? plain_text(answer) : human_text(options, answer));
  return kExitOk;
}

}  // namespace

void add_ping(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("ping", "is a target's process on this host well?");
  auto options = std::make_shared<PingOptions>();
  command->add_option("TARGET", options->label, "for instance demo-OST0003")->required();
  command->add_option("--timeout", options->timeout_s, "seconds to wait for its answer")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command->add_flag("--plain", options->plain, "NAME=VALUE lines, for scripts");
  command->add_flag("--probe", options->probe,
                    "have it write and sync something; `probes` rises when that is done");
  command->callback([&context, options] {
    context.action = [&context, options] { return show(context, *options); };
  });
}

}  // namespace sheen::cli
