// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Sheen mounts of this host, from /proc/self/mountinfo: nothing here asks a file system, so
// nothing hangs when one does not answer. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/mountinfo.h"
#include "lib/base/result.h"
#include "lib/client/mount_spec.h"

namespace sheen::cli {

struct Mount {
  client::MountSpec spec;
  std::string mountpoint;
};

std::vector<Mount> parse_mountinfo(std::string_view mountinfo);
Result<std::vector<Mount>> sheen_mounts();
// The mount that an absolute path without symbolic links lies on, if that is a Sheen mount.
std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view real_path);
Result<std::optional<Mount>> mount_of(std::string_view real_path);

// Where a file system is mounted whose MGS is on this host, under a loopback address and `port`.
std::vector<std::string> local_mounts_of(std::string_view mountinfo, std::string_view fsname,
                                         uint16_t port);

inline constexpr std::string_view kSheenFileSystem = "fuse.sheen";  // its type

// What is mounted on that very directory, of several the one on top.
std::optional<MountRow> mounted_at(std::string_view mountinfo, std::string_view path);
Result<std::optional<MountRow>> mounted_at(const std::string& path);
bool is_mountpoint(const std::string& path);  // of anything
// The first mountpoint that lies below a directory; the path is absolute and without links.
std::optional<std::string> mountpoint_below(std::string_view mountinfo, std::string_view path);
Result<std::optional<std::string>> mountpoint_below(const std::string& path);

}  // namespace sheen::cli
