// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table `filesystem`: one row per file system that a target was registered for; its configuration's
// version and the next sequence to hand out. Lane thread; part of the current transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/database.h"

namespace sheen::mgs {

struct FilesystemRow {
  uint64_t version = 0;
  uint64_t next_sequence = 0;  // 64 bit, so that "used up" can be said
};

class FilesystemTable {
 public:
  static Result<FilesystemTable> open(store::Database& database);

  Result<std::optional<FilesystemRow>> find(std::string_view fsname);
  Result<std::vector<std::string>> names();  // in order
  Status put(std::string_view fsname, const FilesystemRow& row);

 private:
  store::Statement find_;
  store::Statement names_;
  store::Statement put_;
};

}  // namespace sheen::mgs
