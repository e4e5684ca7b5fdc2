// SPDX-License-Identifier: Apache-2.0
// sheen demo down and clean: unmounts, stops the supervisor, which stops its servers, then whatever
// of ours still runs. Only processes of our own pid files are signalled, after a look at who they
// are.
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cli/demo/demo.h"
#include "cli/demo/layout.h"
#include "cli/demo/progress.h"
#include "cli/mounts.h"

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

constexpr int kClientGraceMs = 10'000;
constexpr int kServerGraceMs = 10'000;
// The supervisor gives its servers ten seconds before it kills them.
constexpr int kSupervisorGraceMs = 20'000;
constexpr int kBusyTries = 20;

// Something that has just ended may hold the mount for a moment longer.
int unmount(const std::string& mountpoint, bool force) {
  for (int tries = 0;; ++tries) {
    if (::umount2(mountpoint.c_str(), UMOUNT_NOFOLLOW) == 0) return 0;
    if (errno != EBUSY) return errno;
    if (tries >= kBusyTries) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (!force) return EBUSY;
  return ::umount2(mountpoint.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) == 0 ? 0 : errno;
}

Outcome<void> stop_client(const Layout& layout, bool force, Progress& progress) {
  const std::string& mountpoint = layout.mountpoint();
  const ProcessIdentity identity = layout.client_identity();
  const auto client = running(layout.client_pid_file(), identity);
  if (is_mountpoint(mountpoint)) {
    progress.begin("unmounting " + mountpoint);
    const int error = unmount(mountpoint, force);
    progress.end(error == 0 ? "done" : "failed");
    if (error == EBUSY)
      return Complaint{
          kExitFailed, "it is in use", mountpoint,
          fmt::format("leave it (fuser -vm {} shows who is there), or give --force", mountpoint)};
    if (error != 0) return complain(errno_error(error, "cannot be unmounted"), mountpoint);
  }
  // It ends by itself when the kernel has let go of it.
  if (client && !wait_for_end(*client, identity, kClientGraceMs))
    stop_process(*client, identity, kClientGraceMs);
  ::unlink(layout.client_pid_file().c_str());
  return {};
}

void stop_supervisor(const Layout& layout, Progress& progress) {
  const ProcessIdentity identity = layout.supervisor_identity();
  if (const auto pid = running(layout.supervisor_pid_file(), identity)) {
    progress.begin(fmt::format("stopping the servers and their supervisor (pid {})", *pid));
    stop_process(*pid, identity, kSupervisorGraceMs);
    progress.end("done");
  }
  ::unlink(layout.supervisor_pid_file().c_str());
}

void stop_server(const Server& server, Progress& progress) {
  if (const auto pid = running(server.pid_file, server.identity())) {
    progress.begin(fmt::format("stopping {} (pid {})", server.label, *pid));
    stop_process(*pid, server.identity(), kServerGraceMs);
    progress.end("done");
  }
  ::unlink(server.pid_file.c_str());
}

Outcome<Layout> take_down(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  Progress progress(context.json);
  SHEEN_TRY(stop_client(layout, options.force, progress));
  stop_supervisor(layout, progress);
  SHEEN_ASSIGN(const auto servers, layout.servers());
  for (const Server& server : servers) stop_server(server, progress);
  return layout;
}

}  // namespace

ExitOutcome down(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, take_down(context, options));
  print(context, Json::object().set("directory", layout.directory()),
        fmt::format("down; the data stays in {}\n", layout.targets()));
  return kExitOk;
}

ExitOutcome clean(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, take_down(context, options));
  // A mount that is still there would be emptied instead of removed.
  if (is_mountpoint(layout.mountpoint()))
    return Complaint{kExitFailed, "something is still mounted", layout.mountpoint(), "unmount it"};
  std::error_code error;
  for (const std::string& path : {layout.targets(), layout.run(), layout.log()}) {
    fs::remove_all(path, error);
    if (error) return complain(errno_error(error.value(), "cannot be removed"), path);
  }
  ::rmdir(layout.mountpoint().c_str());
  ::rmdir(layout.directory().c_str());  // unless there is something in it that is not ours
  print(context, Json::object().set("directory", layout.directory()),
        fmt::format("removed {}\n", layout.directory()));
  return kExitOk;
}

}  // namespace sheen::cli::demo
