// SPDX-License-Identifier: Apache-2.0
#include "mds/store/xattr_table.h"

namespace sheen::mds {

Result<XattrTable> XattrTable::open(store::Database& database) {
  SHEEN_TRY(
      database.execute("CREATE TABLE IF NOT EXISTS xattr("
                       "fid INTEGER NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL,"
                       "PRIMARY KEY(fid, name)) WITHOUT ROWID"));
  XattrTable table;
  SHEEN_ASSIGN(table.find_, database.prepare("SELECT value FROM xattr WHERE fid = ? AND name = ?"));
  SHEEN_ASSIGN(table.put_, database.prepare("INSERT OR REPLACE INTO xattr(fid, name, value)"
                                            " VALUES(?,?,?)"));
  SHEEN_ASSIGN(table.erase_, database.prepare("DELETE FROM xattr WHERE fid = ? AND name = ?"));
  SHEEN_ASSIGN(table.erase_all_, database.prepare("DELETE FROM xattr WHERE fid = ?"));
  SHEEN_ASSIGN(table.list_, database.prepare("SELECT name FROM xattr WHERE fid = ? ORDER BY name"));
  SHEEN_ASSIGN(table.list_bytes_, database.prepare("SELECT COALESCE(SUM(LENGTH(name) + 1), 0)"
                                                   " FROM xattr WHERE fid = ?"));
  return table;
}

Result<std::optional<std::string>> XattrTable::find(Fid fid, std::string_view name) {
  store::Statement::Use use(find_);
  SHEEN_ASSIGN(const bool found, find_.bind(fid.value, name).row());
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(find_.blob(0));
}

Status XattrTable::put(Fid fid, std::string_view name, std::string_view value) {
  return put_.bind(fid.value, name, value).run();
}

Status XattrTable::erase(Fid fid, std::string_view name) {
  return erase_.bind(fid.value, name).run();
}

Status XattrTable::erase_all(Fid fid) { return erase_all_.bind(fid.value).run(); }

Result<std::string> XattrTable::list(Fid fid) {
  store::Statement::Use use(list_);
  list_.bind(fid.value);
  std::string names;
  for (;;) {
    SHEEN_ASSIGN(const bool more, list_.row());
    if (!more) return names;
    names += list_.blob(0);
    names += '\0';
  }
}

Result<uint64_t> XattrTable::list_bytes(Fid fid) {
  store::Statement::Use use(list_bytes_);
  SHEEN_ASSIGN(const bool any, list_bytes_.bind(fid.value).row());
  return any ? static_cast<uint64_t>(list_bytes_.int64(0)) : 0;
}

}  // namespace sheen::mds
