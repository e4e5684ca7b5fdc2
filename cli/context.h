// SPDX-License-Identifier: Apache-2.0
#pragma once

// Context: what every subcommand is given (the options they all have) and what it gives back (the
// action to run once the whole command line has been understood). One per process, one thread.

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/json.h"
#include "cli/outcome.h"
#include "lib/base/function.h"

namespace sheen::cli {

struct Context {
  bool json = false;
  std::string mgs;     // --mgs HOST[:PORT][,HOST2...]; empty: not given
  std::string fsname;  // --fsname; empty: not given
  std::string program = "sheen";

  UniqueFunction<ExitOutcome()> action;
};

// Prints what a subcommand found out: as JSON, if that was asked for, or as text for people.
void print(const Context& context, const Json& json, const std::string& text);
// Prints the complaint's line; its exit code.
int report(const Context& context, const Complaint& complaint);

// A subcommand's file defines one of these; app.cc lists them.
void add_df(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_fault(CLI::App& app, Context& context);
void add_getstripe(CLI::App& app, Context& context);
void add_ha(CLI::App& app, Context& context);
void add_log_level(CLI::App& app, Context& context);
void add_mkfs(CLI::App& app, Context& context);
void add_param(CLI::App& app, Context& context);
void add_ping(CLI::App& app, Context& context);
void add_reach(CLI::App& app, Context& context);
void add_setstripe(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);
// mkfs's options on an App of its own: the program mkfs.sheen.
void add_mkfs_options(CLI::App& app, Context& context);

}  // namespace sheen::cli
