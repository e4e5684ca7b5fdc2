// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a directory that is to be formatted holds: a target, what is left of one, or something that
// nobody but its owner may touch. docs/disk-format.md lists a target's entries. Values; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheen::cli {

// A target under destruction has its target.toml under this name until nothing else is left of it.
inline constexpr const char* kDestroyedName = "target.toml.destroyed";

// Entries that a target's destruction removes, before the last one, kDestroyedName.
bool belongs_to_target(std::string_view name);

struct DirectoryContents {
  bool target = false;                  // target.toml is there
  bool destroyed = false;               // a destruction was interrupted
  std::optional<std::string> remnant;   // a target's entry that says nothing of whose it is
  std::optional<std::string> stranger;  // the first, by name, of what is no target's
};
DirectoryContents sort_entries(std::vector<std::string> names);

}  // namespace sheen::cli
