// SPDX-License-Identifier: Apache-2.0
// sheen reach HOST:PORT...: which of them the network lets this host talk to. Exit code 3 if none.
#include <algorithm>

#include <fmt/format.h>

#include "cli/context.h"
#include "cli/reach.h"
#include "cli/table.h"

namespace sheen::cli {
namespace {

struct ReachOptions {
  std::vector<std::string> peers;
  double timeout_s = 2;
  bool plain = false;
};

ExitOutcome show(const Context& context, const ReachOptions& options) {
  const auto peers = reach(options.peers, static_cast<int>(options.timeout_s * 1000));
  if (!peers) return usage(peers.error().detail(), "give peers like 10.0.0.1:7988");
  const auto reached = std::count_if(peers->begin(), peers->end(),
                                     [](const ReachedPeer& peer) { return peer.reached; });
  Table table({"PEER", "STATE"});
  Json rows = Json::array();
  for (const ReachedPeer& peer : *peers) {
    table.row({peer.peer, peer.reached ? "reached" : peer.why_not});
    rows.push(Json::object()
                  .set("peer", peer.peer)
                  .set("reached", peer.reached)
                  .set("why_not", peer.why_not));
  }
  print(context, rows,
        options.plain ? fmt::format("reached={}\nasked={}\n", reached, peers->size())
                      : table.to_string());
  return reached == 0 ? kExitUnreachable : kExitOk;
}

}  // namespace

void add_reach(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("reach", "which hosts can be talked to from this one");
  auto options = std::make_shared<ReachOptions>();
  command->add_option("PEER", options->peers, "HOST:PORT; one that refuses is reached, too")
      ->required();
  command->add_option("--timeout", options->timeout_s, "seconds to wait for them all")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  command->add_flag("--plain", options->plain, "NAME=VALUE lines, for scripts");
  command->callback([&context, options] {
    context.action = [&context, options] { return show(context, *options); };
  });
}

}  // namespace sheen::cli
