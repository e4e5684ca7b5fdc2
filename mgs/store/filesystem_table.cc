// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/filesystem_table.h"

namespace sheen::mgs {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS filesystem("
    "fsname BLOB PRIMARY KEY, version INTEGER NOT NULL, next_sequence INTEGER NOT NULL) "
    "WITHOUT ROWID";

}  // namespace

Result<FilesystemTable> FilesystemTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  FilesystemTable table;
  SHEEN_ASSIGN(table.find_,
               database.prepare("SELECT version, next_sequence FROM filesystem WHERE fsname = ?"));
  SHEEN_ASSIGN(table.names_, database.prepare("SELECT fsname FROM filesystem ORDER BY fsname"));
  SHEEN_ASSIGN(table.put_, database.prepare("INSERT OR REPLACE INTO filesystem"
                                            "(fsname, version, next_sequence) VALUES(?,?,?)"));
  return table;
}

Result<std::optional<FilesystemRow>> FilesystemTable::find(std::string_view fsname) {
  SHEEN_ASSIGN(const bool found, find_.bind(fsname).row());
  std::optional<FilesystemRow> row;
  if (found)
    row =
        FilesystemRow{static_cast<uint64_t>(find_.int64(0)), static_cast<uint64_t>(find_.int64(1))};
  find_.reset();
  return row;
}

Result<std::vector<std::string>> FilesystemTable::names() {
  std::vector<std::string> names;
  names_.reset();
  for (;;) {
    SHEEN_ASSIGN(const bool more, names_.row());
    if (!more) break;
    names.emplace_back(names_.blob(0));
  }
  names_.reset();
  return names;
}

Status FilesystemTable::put(std::string_view fsname, const FilesystemRow& row) {
  return put_.bind(fsname, row.version, row.next_sequence).run();
}

}  // namespace sheen::mgs
