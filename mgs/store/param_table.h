// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table `param`: the parameters that were set, per file system (lib/rpc/params.h has their types
// and defaults). Lane thread; part of the current transaction.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/database.h"
#include "lib/wire/codec.h"

namespace sheen::mgs {

class ParamTable {
 public:
  static Result<ParamTable> open(store::Database& database);

  Result<std::optional<std::string>> find(std::string_view fsname, std::string_view name);
  Result<std::vector<std::unique_ptr<wire::KeyValueT>>> list(std::string_view fsname);  // by name
  Status put(std::string_view fsname, std::string_view name, std::string_view value);
  Status remove(std::string_view fsname, std::string_view name);

 private:
  store::Statement find_;
  store::Statement list_;
  store::Statement put_;
  store::Statement remove_;
};

}  // namespace sheen::mgs
