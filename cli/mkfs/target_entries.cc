// SPDX-License-Identifier: Apache-2.0
#include "cli/mkfs/target_entries.h"

#include <algorithm>
#include <array>

namespace sheen::cli {
namespace {

constexpr std::array<std::string_view, 5> kData = {"store.db", "store.db-wal", "store.db-shm",
                                                   "store.db-journal", "O"};

// What an empty file system holds, or what a daemon or an mkfs that died left without any data in
// it. LOCK and OWNER are never removed: whoever waits for them would have another file than the
// next one.
bool is_nothing(std::string_view name) {
  return name == "lost+found" || name == "LOCK" || name == "OWNER" || name == "PROBE" ||
         name == "target.toml.new";
}

bool is_data(std::string_view name) {
  return std::find(kData.begin(), kData.end(), name) != kData.end();
}

}  // namespace

bool belongs_to_target(std::string_view name) { return is_data(name) || name == "target.toml.new"; }

DirectoryContents sort_entries(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  DirectoryContents contents;
  for (std::string& name : names) {
    if (is_nothing(name)) continue;
    if (name == "target.toml") {
      contents.target = true;
    } else if (name == kDestroyedName) {
      contents.destroyed = true;
    } else if (is_data(name)) {
      contents.remnant = std::move(name);
    } else if (!contents.stranger) {
      contents.stranger = std::move(name);
    }
  }
  return contents;
}

}  // namespace sheen::cli
