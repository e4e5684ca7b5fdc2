// SPDX-License-Identifier: Apache-2.0
#pragma once

// TargetMeta: small named values in the target's database (table `meta`): schema version, epoch,
// the copy of the cluster map. Lane thread. put() is part of the current transaction, or its own.

#include <string>
#include <string_view>

#include "lib/store/database.h"

namespace sheen::target {

class TargetMeta {
 public:
  static Status create(store::Database& database);
  // "" if there is no such value.
  static Result<std::string> get(store::Database& database, std::string_view key);
  static Status put(store::Database& database, std::string_view key, std::string_view value);
  static Result<int64_t> get_number(store::Database& database, std::string_view key,
                                    int64_t absent);
  static Status put_number(store::Database& database, std::string_view key, int64_t value);
};

}  // namespace sheen::target
