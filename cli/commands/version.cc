// SPDX-License-Identifier: Apache-2.0
// sheen version: the release, and the protocol and disk format it speaks.
#include <fmt/format.h>

#include "cli/context.h"
#include "lib/target/target_config.h"
#include "lib/wire/header.h"

namespace sheen::cli {
namespace {

int show(const Context& context) {
  Json json = Json::object();
  json.set("version", SHEEN_VERSION);
  json.set("protocol", fmt::format("{}.{}", wire::kVersionMajor, wire::kVersionMinor));
  json.set("format", target::kFormatVersion);
  print(context, json,
        fmt::format("sheen {} (protocol {}.{}, target format {})\n", SHEEN_VERSION,
                    wire::kVersionMajor, wire::kVersionMinor, target::kFormatVersion));
  return kExitOk;
}

}  // namespace

void add_version(CLI::App& app, Context& context) {
  app.add_subcommand("version", "release, protocol and disk format")->callback([&context] {
    context.action = [&context]() -> ExitOutcome { return show(context); };
  });
}

}  // namespace sheen::cli
