// SPDX-License-Identifier: Apache-2.0
#pragma once

// XattrTable: the rows of `xattr`, keyed (fid, name). Owned by the Store; lane thread. Changes are
// part of the current transaction. Rules about names, sizes and permissions are not here but in
// mds/xattr_rules.h.

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/store/database.h"

namespace sheen::mds {

class XattrTable {
 public:
  static Result<XattrTable> open(store::Database& database);

  Result<std::optional<std::string>> find(Fid fid, std::string_view name);
  Status put(Fid fid, std::string_view name, std::string_view value);
  Status erase(Fid fid, std::string_view name);
  Status erase_all(Fid fid);
  // All names, each ended by NUL, as listxattr(2).
  Result<std::string> list(Fid fid);
  // Bytes of all names with their NULs.
  Result<uint64_t> list_bytes(Fid fid);

 private:
  XattrTable() = default;
  store::Statement find_;
  store::Statement put_;
  store::Statement erase_;
  store::Statement erase_all_;
  store::Statement list_;
  store::Statement list_bytes_;
};

}  // namespace sheen::mds
