// SPDX-License-Identifier: Apache-2.0
// sheen demo up|down|clean|status: a whole file system on this host, for trying out and for tests.
#include "cli/demo/demo.h"

#include <unistd.h>

#include "cli/context.h"

namespace sheen::cli {
namespace {

// Others may not mount, nor see what the demo's processes are.
ExitOutcome run_as_root(const Context& context, const demo::Options& options,
                        ExitOutcome (*run)(const Context&, const demo::Options&)) {
  if (::geteuid() != 0)
    return Complaint{kExitFailed, "a demo's processes are root's", options.directory,
                     "run it as root"};
  return run(context, options);
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("demo", "a whole file system on this host, one at a time");
  command->require_subcommand(1);
  auto options = std::make_shared<demo::Options>();
  const auto add = [&](const char* name, const char* meaning,
                       ExitOutcome (*run)(const Context&, const demo::Options&)) {
    auto* sub = command->add_subcommand(name, meaning);
    sub->add_option("--dir", options->directory, "where it lives")->required();
    sub->callback([&context, options, run] {
      context.action = [&context, options, run] {
        options->fsname = context.fsname;
        return run_as_root(context, *options, run);
      };
    });
    return sub;
  };
  auto* up = add("up", "format if needed, start, mount", demo::up);
  up->add_option("--osts", options->osts, "how many OSTs (4)")->check(CLI::Range(1, 64));
  up->add_option("--base-port", options->base_port,
                 "TCP port of the MGS, the others relative to it, if the usual ones are taken "
                 "(7988)")
      ->check(CLI::Range(1024, 30000));
  up->add_flag("--unlock-unsafe", options->unlock_unsafe,
               "let fault points be armed in the servers (tests only)");
  add("down", "unmount and stop; the data stays", demo::down)
      ->add_flag("--force", options->force, "detach the mount although it is in use");
  add("clean", "unmount, stop and remove everything", demo::clean)
      ->add_flag("--force", options->force, "detach the mount although it is in use");
  add("status", "which of its processes run", demo::status);
  auto* supervise = add("supervise", "what `up` leaves running", demo::supervise);
  supervise->add_flag("--unlock-unsafe", options->unlock_unsafe);
  supervise->group("");  // not in --help: nobody but `up` calls it
}

}  // namespace sheen::cli
