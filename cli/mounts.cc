// SPDX-License-Identifier: Apache-2.0
#include "cli/mounts.h"

#include "lib/base/mountinfo.h"

namespace sheen::cli {
namespace {

constexpr std::string_view kType = "fuse.sheen";

std::optional<Mount> to_mount(const MountRow& row) {
  if (row.type != kType) return std::nullopt;
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

bool is_mountpoint(const std::string& path) {
  const auto text = read_mountinfo();
  if (!text) return false;
  for (const MountRow& row : parse_mount_rows(*text))
    if (row.mountpoint == path) return true;
  return false;
}

}  // namespace sheen::cli
