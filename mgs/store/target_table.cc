// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/target_table.h"

namespace sheen::mgs {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS target("
    "fsname BLOB NOT NULL, kind INTEGER NOT NULL, idx INTEGER NOT NULL, "
    "label BLOB NOT NULL, uuid BLOB NOT NULL UNIQUE, epoch INTEGER NOT NULL, entry BLOB NOT NULL, "
    "PRIMARY KEY(fsname, kind, idx)) WITHOUT ROWID";

Result<TargetEntryPtr> to_entry(std::string_view stored) {
  const Buffer body = Buffer::copy_of(stored);  // aligned, which SQLite's memory need not be
  const auto table = wire::decode<wire::TargetEntry>(body);
  if (!table) return Error(Errc::kCorrupt, "a row of the MGS's target table");
  auto entry = std::make_unique<wire::TargetEntryT>();
  (*table)->UnPackTo(entry.get());
  return entry;
}

}  // namespace

Result<TargetTable> TargetTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  TargetTable table;
  SHEEN_ASSIGN(
      table.find_,
      database.prepare("SELECT entry FROM target WHERE fsname = ? AND kind = ? AND idx = ?"));
  SHEEN_ASSIGN(table.label_of_, database.prepare("SELECT label FROM target WHERE uuid = ?"));
  SHEEN_ASSIGN(table.list_,
               database.prepare("SELECT entry FROM target WHERE fsname = ? ORDER BY kind, idx"));
  SHEEN_ASSIGN(table.put_, database.prepare("INSERT OR REPLACE INTO target"
                                            "(fsname, kind, idx, label, uuid, epoch, entry) "
                                            "VALUES(?,?,?,?,?,?,?)"));
  return table;
}

Result<TargetEntryPtr> TargetTable::find(const TargetLabel& label) {
  SHEEN_ASSIGN(const bool found,
               find_.bind(std::string_view(label.fsname), label.kind, label.index).row());
  if (!found) return TargetEntryPtr();
  auto entry = to_entry(find_.blob(0));
  find_.reset();
  return entry;
}

Result<std::string> TargetTable::label_of(const Uuid& uuid) {
  SHEEN_ASSIGN(const bool found, label_of_.bind(uuid).row());
  std::string label;
  if (found) label = label_of_.blob(0);
  label_of_.reset();
  return label;
}

Result<std::vector<TargetEntryPtr>> TargetTable::list(std::string_view fsname) {
  std::vector<TargetEntryPtr> entries;
  list_.bind(fsname);
  for (;;) {
    SHEEN_ASSIGN(const bool more, list_.row());
    if (!more) break;
    SHEEN_ASSIGN(auto entry, to_entry(list_.blob(0)));
    entries.push_back(std::move(entry));
  }
  list_.reset();
  return entries;
}

Status TargetTable::put(const TargetLabel& label, const Uuid& uuid,
                        const wire::TargetEntryT& entry) {
  const std::string text = label.to_string();
  const Buffer body = wire::encode(entry);
  return put_
      .bind(std::string_view(label.fsname), label.kind, label.index, std::string_view(text), uuid,
            entry.epoch, body.view())
      .run();
}

}  // namespace sheen::mgs
