// SPDX-License-Identifier: Apache-2.0
#include "mds/store/entry_table.h"

namespace sheen::mds {

Result<EntryTable> EntryTable::open(store::Database& database, NameHash hash) {
  SHEEN_TRY(
      database.execute("CREATE TABLE IF NOT EXISTS dirent("
                       "parent INTEGER NOT NULL, cookie INTEGER NOT NULL, name BLOB NOT NULL,"
                       "fid INTEGER NOT NULL, type INTEGER NOT NULL,"
                       "PRIMARY KEY(parent, cookie)) WITHOUT ROWID"));
  EntryTable table;
  table.hash_ = hash;
  SHEEN_ASSIGN(table.find_, database.prepare("SELECT cookie, name, fid, type FROM dirent"
                                             " WHERE parent = ? AND cookie BETWEEN ? AND ?"));
  SHEEN_ASSIGN(table.insert_, database.prepare("INSERT INTO dirent(parent, cookie, name, fid, type)"
                                               " VALUES(?,?,?,?,?)"));
  SHEEN_ASSIGN(table.erase_,
               database.prepare("DELETE FROM dirent WHERE parent = ? AND cookie = ?"));
  SHEEN_ASSIGN(table.replace_, database.prepare("UPDATE dirent SET fid = ?, type = ?"
                                                " WHERE parent = ? AND cookie = ?"));
  SHEEN_ASSIGN(table.first_, database.prepare("SELECT 1 FROM dirent WHERE parent = ? LIMIT 1"));
  SHEEN_ASSIGN(table.scan_, database.prepare("SELECT cookie, name, fid, type FROM dirent"
                                             " WHERE parent = ? AND cookie > ? ORDER BY cookie"));
  return table;
}

Result<std::optional<Entry>> EntryTable::find(Fid parent, std::string_view name) {
  store::Statement::Use use(find_);
  const uint64_t first = hash_(name);
  find_.bind(parent.value, first, first + kCookieNumbers - 1);
  for (;;) {
    SHEEN_ASSIGN(const bool more, find_.row());
    if (!more) return std::optional<Entry>();
    if (find_.blob(1) != name) continue;
    return std::optional<Entry>(Entry{static_cast<uint64_t>(find_.int64(0)),
                                      Fid{static_cast<uint64_t>(find_.int64(2))},
                                      static_cast<uint8_t>(find_.int64(3))});
  }
}

Status EntryTable::insert(Fid parent, std::string_view name, Fid fid, uint8_t type) {
  // The lowest free number. One that was freed is used again: a reader of the directory that stands
  // at it has either seen the old name or gets the new one.
  const uint64_t first = hash_(name);
  uint64_t cookie = first;
  {
    store::Statement::Use use(find_);
    find_.bind(parent.value, first, first + kCookieNumbers - 1);
    for (;;) {
      SHEEN_ASSIGN(const bool more, find_.row());
      if (!more || static_cast<uint64_t>(find_.int64(0)) != cookie) break;
      ++cookie;
    }
  }
  if (cookie - first == kCookieNumbers)
    return Error(Errc::kNoSpace, "256 names of one directory have the same hash");
  return insert_.bind(parent.value, cookie, name, fid.value, type).run();
}

Status EntryTable::erase(Fid parent, const Entry& entry) {
  return erase_.bind(parent.value, entry.cookie).run();
}

Status EntryTable::replace(Fid parent, const Entry& entry, Fid fid, uint8_t type) {
  return replace_.bind(fid.value, type, parent.value, entry.cookie).run();
}

Result<bool> EntryTable::empty(Fid parent) {
  store::Statement::Use use(first_);
  SHEEN_ASSIGN(const bool any, first_.bind(parent.value).row());
  return !any;
}

Status EntryTable::scan(Fid parent, uint64_t after, const Visitor& visit) {
  store::Statement::Use use(scan_);
  scan_.bind(parent.value, after);
  for (;;) {
    SHEEN_ASSIGN(const bool more, scan_.row());
    if (!more) return ok();
    const Entry entry{static_cast<uint64_t>(scan_.int64(0)),
                      Fid{static_cast<uint64_t>(scan_.int64(2))},
                      static_cast<uint8_t>(scan_.int64(3))};
    SHEEN_ASSIGN(const bool go_on, visit(entry, scan_.blob(1)));
    if (!go_on) return ok();
  }
}

}  // namespace sheen::mds
