// SPDX-License-Identifier: Apache-2.0
#include "lib/base/blackbox_memory.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace sheen::log {
namespace {

namespace fs = std::filesystem;

std::optional<pid_t> owner_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || pid <= 0) return std::nullopt;
  name.remove_prefix(static_cast<size_t>(end - name.data()));
  if (name != "-blackbox-data" && name != "-blackbox-header") return std::nullopt;
  return pid;
}

bool is_no_more(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

}  // namespace

void remove_left_blackboxes(const std::string& directory, std::string_view identity) {
  const std::string prefix = fmt::format("qb-{}-", identity);
  std::error_code error;
  for (fs::directory_iterator entries(directory, error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const auto owner = owner_of(entries->path().filename().string(), prefix);
    std::error_code stays;
    if (owner && is_no_more(*owner)) fs::remove(entries->path(), stays);
  }
}

}  // namespace sheen::log
