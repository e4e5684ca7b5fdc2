// SPDX-License-Identifier: Apache-2.0
#include "cli/absent_targets.h"

#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/filesystem.h"

namespace sheen::cli {
namespace {

constexpr int64_t kPatienceNs = 2 * kSecond;

// By the names alone, because a look at the path would wait as well.
std::optional<Mount> mount_by_name(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  const auto mount = mount_of(absolute.string());
  return mount ? *mount : std::nullopt;
}

}  // namespace

std::string absent_targets(const Context& context, const std::string& path) {
  const auto mgs = find_mgs(context, mount_by_name(path));
  if (!mgs) return {};
  AdminSession session(kPatienceNs);
  const auto map = fetch_map(session, *mgs);
  if (!map) return map.error().exit_code == kExitUnreachable ? "the MGS is down" : "";
  std::vector<std::string> down;
  for (const TargetReport& report : ask_targets(session, *mgs, *map, kPatienceNs))
    if (!report.status) down.push_back(report.label);
  if (down.empty()) return {};
  return fmt::format("{} {} down", fmt::join(down, ", "), down.size() == 1 ? "is" : "are");
}

}  // namespace sheen::cli
