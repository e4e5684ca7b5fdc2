// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/unmount.h"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cli/deadline.h"
#include "cli/mounts.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli::demo {
namespace {

// A demo's page cache onto a slow disk.
constexpr int kSyncMs = 30'000;
constexpr int kUnmountMs = 10'000;
constexpr int kClientGraceMs = 10'000;
// Beyond the client's own limit for having everything confirmed.
constexpr int kClientEndMs = 40'000;
constexpr int kBusyTries = 20;

int sync_mount(const std::string& mountpoint) {
  const UniqueFd root(::open(mountpoint.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.good()) return errno;
  // The kernel's dirty pages; of the rest it tells FUSE's daemons nothing. fsync(2) of a directory
  // makes the servers sync.
  return ::syncfs(root.get()) == 0 && ::fsync(root.get()) == 0 ? 0 : errno;
}

Outcome<void> make_durable(const std::string& mountpoint) {
  SHEEN_ASSIGN(const int error, within_deadline(kSyncMs, mountpoint, [&](SignOfLife&) {
                 return sync_mount(mountpoint);
               }));
  // Its client died, and what it had not written with it.
  if (error == 0 || error == ENOTCONN) return {};
  return complain(errno_error(error, "cannot be synced"), mountpoint);
}

// Something that has just ended may hold the mount for a moment longer.
int detach(const std::string& mountpoint, bool force) {
  for (int tries = 0;; ++tries) {
    if (::umount2(mountpoint.c_str(), UMOUNT_NOFOLLOW) == 0) return 0;
    if (errno != EBUSY) return errno;
    if (tries >= kBusyTries) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (!force) return EBUSY;
  return ::umount2(mountpoint.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) == 0 ? 0 : errno;
}

int detach_within_deadline(const std::string& mountpoint, bool force) {
  const auto error = within_deadline(kUnmountMs, mountpoint,
                                     [&](SignOfLife&) { return detach(mountpoint, force); });
  if (error) return *error;
  // Out of sight, but with pages to write that no server takes: the end of its client frees it.
  return is_mountpoint(mountpoint) ? ETIMEDOUT : 0;
}

}  // namespace

Outcome<void> unmount(const Layout& layout, UnmountOptions options, Progress& progress) {
  const std::string mountpoint = layout.mountpoint();
  const ProcessIdentity identity = layout.client_identity();
  SHEEN_ASSIGN(const auto mounted, at(mountpoint, mounted_at(mountpoint)));
  if (mounted && mounted->type != kSheenFileSystem)
    return Complaint{kExitFailed,
                     fmt::format("{} ({}) is mounted there", mounted->source, mounted->type),
                     mountpoint, "unmount it"};
  const auto client = running(layout.client_pid_file(), identity);
  if (mounted && options.keep_data) {
    progress.begin("making durable what was written");
    const Outcome<void> durable = make_durable(mountpoint);
    progress.end(durable ? "done" : "failed");
    if (!durable && !options.force)
      return Complaint{durable.error().exit_code,
                       "what was written is not durable: " + durable.error().what, mountpoint,
                       "see which server is away (sheen demo status) and bring it back (sheen demo "
                       "up), or lose it with --force"};
    // Its requests would go on holding the mount.
    if (!durable && client) stop_process(*client, identity, kClientGraceMs);
  }
  if (is_mountpoint(mountpoint)) {
    progress.begin("unmounting " + mountpoint);
    const int error = detach_within_deadline(mountpoint, options.force);
    progress.end(error == 0 ? "done" : "failed");
    if (error == EBUSY)
      return Complaint{
          kExitFailed, "it is in use", mountpoint,
          fmt::format("leave it (fuser -vm {} shows who is there), or give --force (make: FORCE=1)",
                      mountpoint)};
    if (error != 0) return complain(errno_error(error, "cannot be unmounted"), mountpoint);
  }
  // It ends by itself when the kernel has let go of it.
  const bool careful = options.keep_data && !options.force;
  if (client && !wait_for_end(*client, identity, careful ? kClientEndMs : kClientGraceMs)) {
    progress.line("  the client does not end: stopping it; what was written last may be lost");
    stop_process(*client, identity, kClientGraceMs);
  }
  ::unlink(layout.client_pid_file().c_str());
  return {};
}

}  // namespace sheen::cli::demo
