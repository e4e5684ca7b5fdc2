// SPDX-License-Identifier: Apache-2.0
#pragma once

// EntryTable: the rows of `dirent`, keyed (parent, cookie), so that a lookup is one seek and
// readdir is a range scan (cookie.h). Owned by the Store; lane thread. Changes are part of the
// current transaction. "." and ".." have no rows.

#include <functional>
#include <optional>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/store/database.h"
#include "mds/store/cookie.h"

namespace sheen::mds {

struct Entry {
  uint64_t cookie = 0;
  Fid fid;
  uint8_t type = 0;  // DT_REG and so on
};

class EntryTable {
 public:
  // `hash` is other than name_hash only in tests of collisions.
  static Result<EntryTable> open(store::Database& database, NameHash hash);

  Result<std::optional<Entry>> find(Fid parent, std::string_view name);
  // The name must not exist. kNoSpace: 256 names with the same hash are there already.
  Status insert(Fid parent, std::string_view name, Fid fid, uint8_t type);
  Status erase(Fid parent, const Entry& entry);
  // The same name now means another inode.
  Status replace(Fid parent, const Entry& entry, Fid fid, uint8_t type);
  Result<bool> empty(Fid parent);

  // Entries with cookie > `after`, in order, until `visit` says false. Names are views into the
  // row.
  using Visitor = std::function<Result<bool>(const Entry& entry, std::string_view name)>;
  Status scan(Fid parent, uint64_t after, const Visitor& visit);

 private:
  EntryTable() = default;
  NameHash hash_ = nullptr;
  store::Statement find_;
  store::Statement insert_;
  store::Statement erase_;
  store::Statement replace_;
  store::Statement first_;
  store::Statement scan_;
};

}  // namespace sheen::mds
