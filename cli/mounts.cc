// SPDX-License-Identifier: Apache-2.0
#include "cli/mounts.h"

#include <algorithm>

#include "lib/rpc/cluster_map.h"

namespace sheen::cli {
namespace {

std::optional<Mount> to_mount(const MountRow& row) {
  if (row.type != kSheenFileSystem) return std::nullopt;
  auto spec = client::MountSpec::parse(row.source);
  if (!spec) return std::nullopt;
  return Mount{std::move(*spec), row.mountpoint};
}

bool lies_under(std::string_view path, std::string_view mountpoint) {
  if (mountpoint == "/") return true;
  return path.starts_with(mountpoint) &&
         (path.size() == mountpoint.size() || path[mountpoint.size()] == '/');
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const MountRow& row : parse_mount_rows(mountinfo))
    if (auto mount = to_mount(row)) mounts.push_back(std::move(*mount));
  return mounts;
}

Result<std::vector<Mount>> sheen_mounts() {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return parse_mountinfo(text);
}

std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view real_path) {
  const MountRow* best = nullptr;
  const std::vector<MountRow> rows = parse_mount_rows(mountinfo);
  for (const MountRow& row : rows)  // of equals the later one, which lies on top
    if (lies_under(real_path, row.mountpoint) &&
        (best == nullptr || row.mountpoint.size() >= best->mountpoint.size()))
      best = &row;
  return best == nullptr ? std::nullopt : to_mount(*best);
}

Result<std::optional<Mount>> mount_of(std::string_view real_path) {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return mount_of(text, real_path);
}

std::vector<std::string> local_mounts_of(std::string_view mountinfo, std::string_view fsname,
                                         uint16_t port) {
  std::vector<std::string> mountpoints;
  for (Mount& mount : parse_mountinfo(mountinfo)) {
    const bool local = std::any_of(
        mount.spec.nodes.begin(), mount.spec.nodes.end(), [port](const client::MgsNode& node) {
          return (node.port == 0 ? rpc::kMgsPort : node.port) == port &&
                 (node.host == "localhost" || node.host == "::1" || node.host.starts_with("127."));
        });
    if (local && mount.spec.fsname == fsname) mountpoints.push_back(std::move(mount.mountpoint));
  }
  return mountpoints;
}

std::optional<MountRow> mounted_at(std::string_view mountinfo, std::string_view path) {
  std::optional<MountRow> top;
  for (MountRow& row : parse_mount_rows(mountinfo))
    if (row.mountpoint == path) top = std::move(row);
  return top;
}

Result<std::optional<MountRow>> mounted_at(const std::string& path) {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return mounted_at(text, path);
}

bool is_mountpoint(const std::string& path) {
  const auto mounted = mounted_at(path);
  return mounted && mounted->has_value();
}

std::optional<std::string> mountpoint_below(std::string_view mountinfo, std::string_view path) {
  for (MountRow& row : parse_mount_rows(mountinfo))
    if (row.mountpoint != path && lies_under(row.mountpoint, path))
      return std::move(row.mountpoint);
  return std::nullopt;
}

Result<std::optional<std::string>> mountpoint_below(const std::string& path) {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return mountpoint_below(text, path);
}

}  // namespace sheen::cli
