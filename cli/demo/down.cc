// SPDX-License-Identifier: Apache-2.0
// sheen demo down and clean: unmounts, stops the supervisor and the servers.
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/demo/claim.h"
#include "cli/demo/demo.h"
#include "cli/demo/layout.h"
#include "cli/demo/progress.h"
#include "cli/demo/stop.h"
#include "cli/demo/unmount.h"
#include "cli/mounts.h"

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

// Its clients wait for servers that are gone.
void note_other_mounts(const Layout& layout, bool comes_back, Progress& progress) {
  const auto servers = layout.servers();
  if (!servers || servers->empty()) return;  // what cannot be read has no name to look for
  const auto label = TargetLabel::parse(servers->front().label);
  const auto text = read_mountinfo();
  if (!label || !text) return;
  for (const std::string& mountpoint : local_mounts_of(*text, label->fsname, servers->front().port))
    if (mountpoint != layout.mountpoint())
      progress.line(fmt::format("  note: {} is a mount of this demo, too: {}", mountpoint,
                                comes_back ? "who uses it waits until the demo is up again"
                                           : "what it shows is gone, unmount it (umount -l)"));
}

Outcome<void> take_down(const Layout& layout, UnmountOptions options, Progress& progress) {
  SHEEN_TRY(unmount(layout, options, progress));
  stop_servers(layout, running(layout.supervisor_pid_file(), layout.supervisor_identity()),
               progress);
  note_other_mounts(layout, options.keep_data, progress);
  return {};
}

ExitOutcome nothing_there(const Context& context, const Layout& layout) {
  print(context, Json::object().set("directory", layout.directory()),
        fmt::format("nothing is in {}\n", layout.directory()));
  return kExitOk;
}

// The marker goes last, so that what is interrupted can be done again.
Outcome<std::vector<std::string>> remove_all(const Layout& layout) {
  std::vector<std::string> removed;
  std::error_code error;
  for (const std::string& path : {layout.targets(), layout.run(), layout.log()}) {
    const auto count = fs::remove_all(path, error);
    if (error) return complain(errno_error(error.value(), "cannot be removed"), path);
    if (count != 0) removed.push_back(path);
  }
  if (::rmdir(layout.mountpoint().c_str()) == 0) removed.push_back(layout.mountpoint());
  if (::unlink(layout.marker().c_str()) != 0)
    return complain(errno_error(errno, "cannot be removed"), layout.marker());
  removed.push_back(layout.marker());
  // Neither goes if there is something in it that is not ours.
  if (::rmdir(layout.directory().c_str()) == 0) removed = {layout.directory()};
  return removed;
}

}  // namespace

ExitOutcome down(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  SHEEN_ASSIGN(const bool claimed, is_claimed(layout));
  if (!claimed) return nothing_there(context, layout);
  Progress progress(context.json);
  SHEEN_TRY(take_down(layout, {.keep_data = true, .force = options.force}, progress));
  print(context, Json::object().set("directory", layout.directory()),
        fmt::format("down; the data stays in {}\n", layout.targets()));
  return kExitOk;
}

ExitOutcome clean(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  SHEEN_ASSIGN(const bool claimed, is_claimed(layout));
  if (!claimed) return nothing_there(context, layout);
  Progress progress(context.json);
  SHEEN_TRY(take_down(layout, {.keep_data = false, .force = options.force}, progress));
  // A mount would be emptied instead of removed.
  SHEEN_ASSIGN(const auto mounted, at(layout.directory(), mountpoint_below(layout.directory())));
  if (mounted) return Complaint{kExitFailed, "something is still mounted", *mounted, "unmount it"};
  SHEEN_ASSIGN(const auto removed, remove_all(layout));
  Json paths = Json::array();
  for (const std::string& path : removed) paths.push(path);
  Json json = Json::object();
  json.set("directory", layout.directory()).set("removed", std::move(paths));
  std::string text = fmt::format("removed {}\n", fmt::join(removed, ", "));
  if (removed.back() != layout.directory())
    text +=
        fmt::format("{} stays: it holds something that is not the demo's\n", layout.directory());
  print(context, json, text);
  return kExitOk;
}

}  // namespace sheen::cli::demo
