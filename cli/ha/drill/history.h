// SPDX-License-Identifier: Apache-2.0
#pragma once

// The record of all drills on this host: a JSON object a line in a file. Any thread; an append is
// one write(2).

#include <string>
#include <vector>

#include "cli/json.h"
#include "cli/outcome.h"

namespace sheen::cli {

inline constexpr const char* kDrillHistory = "/var/lib/sheen/drills.jsonl";

struct DrillRecord {
  std::string when;  // ISO 8601, UTC
  std::string target;
  std::string kind;  // "kill", "move", "fence"
  std::string from;
  std::string to;
  int64_t longest_ms = 0;
  int64_t limit_ms = 0;
  uint64_t uses = 0;
  std::string error;  // that an application would have seen
  bool passed = false;

  Json to_json() const;
};

Outcome<void> remember(const std::string& path, const DrillRecord& record);
// Oldest first; lines that are none are left out. None if there is no such file.
std::vector<DrillRecord> remembered(const std::string& path);

}  // namespace sheen::cli
