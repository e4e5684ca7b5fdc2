// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table `target`: every registered target of every file system. What the MGS itself decides by is
// in columns; the rest is kept as it is sent, a FlatBuffers TargetEntry, so that a field that is
// appended to the protocol needs no migration. Lane thread; part of the current transaction.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ids.h"
#include "lib/store/database.h"
#include "lib/wire/codec.h"

namespace sheen::mgs {

using TargetEntryPtr = std::unique_ptr<wire::TargetEntryT>;

class TargetTable {
 public:
  static Result<TargetTable> open(store::Database& database);

  Result<TargetEntryPtr> find(const TargetLabel& label);              // null: not registered
  Result<std::string> label_of(const Uuid& uuid);                     // "": not registered
  Result<std::vector<TargetEntryPtr>> list(std::string_view fsname);  // by kind and index
  Status put(const TargetLabel& label, const Uuid& uuid, const wire::TargetEntryT& entry);

 private:
  store::Statement find_;
  store::Statement label_of_;
  store::Statement list_;
  store::Statement put_;
};

}  // namespace sheen::mgs
