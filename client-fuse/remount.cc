// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/remount.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "client-fuse/kernel_mount.h"
#include "lib/base/mountinfo.h"
#include "lib/base/processes.h"

namespace sheen::fuse {
namespace {

namespace fs = std::filesystem;

// Access times are the client's to send, whatever the kernel believes.
constexpr unsigned long kClientFlags = MS_NOATIME | MS_NODIRATIME;

// The client that serves a mount, by its command line. mount(8) gives clients absolute paths; one
// that was started by hand with another is not found.
std::optional<MountOptions> find_client(const std::string& source, const std::string& mountpoint) {
  const fs::path program = fs::path(executable_of(getpid())).filename();
  for (const pid_t pid : all_processes()) {
    if (fs::path(executable_of(pid)).filename() != program) continue;
    auto arguments = command_line(pid);
    if (arguments.empty()) continue;
    arguments.erase(arguments.begin());
    auto options = parse_mount_arguments(arguments);
    if (!options || options->remount || options->directory != mountpoint) continue;
    if (take_spec(*options) && options->spec == source) return std::move(*options);
  }
  return std::nullopt;
}

}  // namespace

Status check_remount(const MountOptions& wanted, const std::optional<MountOptions>& running) {
  const auto is_new = [&](const std::string& option) {
    if (!running) return true;
    const auto& given = running->client_options;
    return std::find(given.begin(), given.end(), option) == given.end();
  };
  const auto& options = wanted.client_options;
  if (const auto found = std::find_if(options.begin(), options.end(), is_new);
      found != options.end())
    return Error(Errc::kInvalid,
                 fmt::format("{} cannot be changed by a remount: unmount and mount again", *found));
  if (running &&
      ((wanted.mount_flags ^ running->mount_flags) & wanted.mount_flags_said & kClientFlags) != 0)
    return Error(Errc::kInvalid,
                 "noatime and nodiratime cannot be changed by a remount: unmount and mount again");
  return ok();
}

Status remount(const MountOptions& wanted, const std::string& mountpoint) {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  std::string source;
  for (const MountRow& row : parse_mount_rows(text))  // a later row lies on top
    if (row.mountpoint == mountpoint) source = row.type == kFileSystemType ? row.source : "";
  if (source.empty())
    return Error(Errc::kInvalid, fmt::format("no Sheen file system is mounted on {}", mountpoint));
  SHEEN_TRY(check_remount(wanted, find_client(source, mountpoint)));
  if (::mount(nullptr, mountpoint.c_str(), nullptr, MS_REMOUNT | wanted.mount_flags, nullptr) != 0)
    return errno_error(errno, "cannot remount " + mountpoint);
  return ok();
}

}  // namespace sheen::fuse
