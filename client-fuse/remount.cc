// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/remount.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <sys/mount.h>

#include "client-fuse/kernel_mount.h"
#include "lib/base/mountinfo.h"

namespace sheen::fuse {
namespace {

namespace fs = std::filesystem;

// Access times are the client's to send, whatever the kernel believes.
constexpr unsigned long kClientFlags = MS_NOATIME | MS_NODIRATIME;

std::vector<std::string> arguments_of(const fs::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');)
    arguments.push_back(std::move(argument));
  if (!arguments.empty()) arguments.erase(arguments.begin());
  return arguments;
}

// The client that serves a mount, by its command line. mount(8) gives clients absolute paths; one
// that was started by hand with another is not found.
std::optional<MountOptions> find_client(const std::string& source, const std::string& mountpoint) {
  const fs::path own = fs::path("/proc/self/exe");
  std::error_code error;
  const std::string program = fs::read_symlink(own, error).filename().string();
  for (fs::directory_iterator entries("/proc", error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code not_ours;
    if (fs::read_symlink(entries->path() / "exe", not_ours).filename() != program) continue;
    auto options = parse_mount_arguments(arguments_of(entries->path()));
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
