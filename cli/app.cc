// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <array>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "cli/context.h"

namespace sheen::cli {
namespace {

constexpr std::array kSubcommands = {
    add_status,    add_df,     add_param, add_explain, add_getstripe,
    add_setstripe, add_mkfs,   add_fault, add_ping,    add_log_level,
    add_reach,     add_events, add_ha,    add_demo,    add_version,
};

void add_common_options(CLI::App& app, Context& context) {
  app.add_flag("--json", context.json, "print JSON instead of tables");
}

void add_sheen(CLI::App& app, Context& context) {
  add_common_options(app, context);
  app.add_option("--mgs", context.mgs, "the MGS's nodes: HOST[:PORT][,HOST2[:PORT]]")
      ->envname("SHEEN_MGS");
  app.add_option("--fsname", context.fsname, "the file system, if it is not clear which")
      ->envname("SHEEN_FSNAME");
  app.require_subcommand(1);
  // So that the options above may stand behind the subcommand, too.
  app.fallthrough();
  for (const auto add : kSubcommands) add(app, context);
}

int perform(Context& context) {
  const ExitOutcome outcome = context.action();
  if (!outcome) return report(context, outcome.error());
  if (std::fflush(stdout) != 0)
    return report(context, {kExitFailed, "the output could not be written", {}, {}});
  return *outcome;
}

// What CLI11 says of a missing subcommand does not name the word that stands in its place.
Complaint misuse(const CLI::App& app, const CLI::Error& error) {
  std::string command = app.get_name();
  const CLI::App* innermost = &app;
  for (auto used = app.get_subcommands(); !used.empty(); used = innermost->get_subcommands()) {
    innermost = used.back();
    command += " " + innermost->get_name();
  }
  std::string advice = fmt::format("see {} --help", command);
  if (innermost->get_require_subcommand_min() == 0) return usage(error.what(), std::move(advice));
  for (const std::string& word : app.remaining(true))
    if (!word.starts_with('-'))
      return usage(fmt::format("unknown subcommand '{}'", word), std::move(advice));
  return usage("a subcommand is missing", std::move(advice));
}

}  // namespace

void print(const Context& context, const Json& json, const std::string& text) {
  fmt::print("{}", context.json ? json.to_string(true) + "\n" : text);
}

int report(const Context& context, const Complaint& complaint) {
  fmt::print(stderr, "{}\n", complaint.line(context.program));
  return complaint.exit_code;
}

int run(int argc, char** argv) {
  Context context;
  const bool is_mkfs = std::filesystem::path(argv[0]).filename() == "mkfs.sheen";
  context.program = is_mkfs ? "mkfs.sheen" : "sheen";
  CLI::App app(is_mkfs ? "Formats a target of a Sheen file system."
                       : "Administers and explains Sheen file systems.",
               context.program);
  try {
    if (is_mkfs) {
      add_common_options(app, context);
      add_mkfs_options(app, context);
    } else {
      add_sheen(app, context);
    }
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for) {  // --help
    return app.exit(asked_for);
  } catch (const CLI::Error& error) {
    return report(context, misuse(app, error));
  }
  return perform(context);
}

}  // namespace sheen::cli
