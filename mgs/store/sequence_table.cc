// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/sequence_table.h"

namespace sheen::mgs {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS sequence_range("
    "fsname BLOB NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, mdt INTEGER NOT NULL, "
    "PRIMARY KEY(fsname, first)) WITHOUT ROWID";

}  // namespace

Result<SequenceTable> SequenceTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  SequenceTable table;
  SHEEN_ASSIGN(table.list_, database.prepare("SELECT first, count, mdt FROM sequence_range "
                                             "WHERE fsname = ? ORDER BY first"));
  SHEEN_ASSIGN(table.last_, database.prepare("SELECT first, count, mdt FROM sequence_range "
                                             "WHERE fsname = ? ORDER BY first DESC LIMIT 1"));
  SHEEN_ASSIGN(table.put_, database.prepare("INSERT OR REPLACE INTO sequence_range"
                                            "(fsname, first, count, mdt) VALUES(?,?,?,?)"));
  return table;
}

Result<std::vector<std::unique_ptr<wire::SequenceRangeT>>> SequenceTable::list(
    std::string_view fsname) {
  std::vector<std::unique_ptr<wire::SequenceRangeT>> ranges;
  list_.bind(fsname);
  for (;;) {
    SHEEN_ASSIGN(const bool more, list_.row());
    if (!more) break;
    auto range = std::make_unique<wire::SequenceRangeT>();
    range->first = static_cast<uint32_t>(list_.int64(0));
    range->count = static_cast<uint32_t>(list_.int64(1));
    range->mdt = static_cast<uint16_t>(list_.int64(2));
    ranges.push_back(std::move(range));
  }
  list_.reset();
  return ranges;
}

Status SequenceTable::append(std::string_view fsname, uint32_t first, uint32_t count,
                             uint16_t mdt) {
  SHEEN_ASSIGN(const bool found, last_.bind(fsname).row());
  if (found) {
    const auto last_first = static_cast<uint32_t>(last_.int64(0));
    const auto last_count = static_cast<uint32_t>(last_.int64(1));
    const auto last_mdt = static_cast<uint16_t>(last_.int64(2));
    if (last_mdt == mdt && last_first + last_count == first) {
      first = last_first;
      count += last_count;
    }
  }
  last_.reset();
  return put_.bind(fsname, first, count, mdt).run();
}

}  // namespace sheen::mgs
