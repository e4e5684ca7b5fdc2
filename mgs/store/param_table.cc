// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/param_table.h"

namespace sheen::mgs {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS param("
    "fsname BLOB NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, "
    "PRIMARY KEY(fsname, name)) WITHOUT ROWID";

}  // namespace

Result<ParamTable> ParamTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  ParamTable table;
  SHEEN_ASSIGN(table.find_,
               database.prepare("SELECT value FROM param WHERE fsname = ? AND name = ?"));
  SHEEN_ASSIGN(table.list_,
               database.prepare("SELECT name, value FROM param WHERE fsname = ? ORDER BY name"));
  SHEEN_ASSIGN(table.put_,
               database.prepare("INSERT OR REPLACE INTO param(fsname, name, value) VALUES(?,?,?)"));
  SHEEN_ASSIGN(table.remove_, database.prepare("DELETE FROM param WHERE fsname = ? AND name = ?"));
  return table;
}

Result<std::optional<std::string>> ParamTable::find(std::string_view fsname,
                                                    std::string_view name) {
  SHEEN_ASSIGN(const bool found, find_.bind(fsname, name).row());
  std::optional<std::string> value;
  if (found) value = find_.blob(0);
  find_.reset();
  return value;
}

Result<std::vector<std::unique_ptr<wire::KeyValueT>>> ParamTable::list(std::string_view fsname) {
  std::vector<std::unique_ptr<wire::KeyValueT>> rows;
  list_.bind(fsname);
  for (;;) {
    SHEEN_ASSIGN(const bool more, list_.row());
    if (!more) break;
    auto row = std::make_unique<wire::KeyValueT>();
    row->key = list_.blob(0);
    row->value = list_.blob(1);
    rows.push_back(std::move(row));
  }
  list_.reset();
  return rows;
}

Status ParamTable::put(std::string_view fsname, std::string_view name, std::string_view value) {
  return put_.bind(fsname, name, value).run();
}

Status ParamTable::remove(std::string_view fsname, std::string_view name) {
  return remove_.bind(fsname, name).run();
}

}  // namespace sheen::mgs
