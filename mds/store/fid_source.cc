// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.sequence.taken (between the commit of a fresh sequence and its first use).
#include "mds/store/fid_source.h"

#include "lib/base/fault.h"

namespace sheen::mds {

Result<FidSource> FidSource::open(store::Database& database, uint32_t object_max) {
  SHEEN_TRY(database.execute(
      "CREATE TABLE IF NOT EXISTS sequence_pool(first INTEGER PRIMARY KEY, next INTEGER NOT NULL,"
      "count INTEGER NOT NULL)"));
  FidSource source(database);
  source.object_max_ = object_max;
  SHEEN_ASSIGN(source.first_range_,
               database.prepare("SELECT first, next FROM sequence_pool WHERE next < first + count"
                                " ORDER BY first LIMIT 1"));
  SHEEN_ASSIGN(source.insert_range_,
               database.prepare("INSERT OR IGNORE INTO sequence_pool(first, next, count)"
                                " VALUES(?,?,?)"));
  SHEEN_ASSIGN(source.take_,
               database.prepare("UPDATE sequence_pool SET next = next + 1 WHERE first = ?"));
  SHEEN_ASSIGN(
      source.count_,
      database.prepare("SELECT COALESCE(SUM(first + count - next), 0) FROM sequence_pool"));
  SHEEN_TRY(source.count_pool());
  SHEEN_TRY(source.refill());
  return source;
}

Status FidSource::count_pool() {
  store::Statement::Use use(count_);
  count_.reset();
  SHEEN_ASSIGN(const bool any, count_.row());
  pooled_ = any ? static_cast<uint64_t>(count_.int64(0)) : 0;
  return ok();
}

Result<Fid> FidSource::next() {
  if (sequence_ == 0)
    return Error(Errc::kRecovering, "the MGS has not given this MDT a sequence yet");
  const Fid fid = Fid::make(sequence_, next_object_);
  if (next_object_ == object_max_) {
    sequence_ = 0;
  } else {
    ++next_object_;
  }
  return fid;
}

Status FidSource::refill() {
  if (sequence_ != 0 || pooled_ == 0) return ok();
  SHEEN_TRY(database_->begin());
  uint32_t sequence = 0;
  {
    store::Statement::Use use(first_range_);
    first_range_.reset();
    SHEEN_ASSIGN(const bool any, first_range_.row());
    if (!any) return Error(Errc::kCorrupt, "sequence_pool");
    sequence = static_cast<uint32_t>(first_range_.int64(1));
    SHEEN_TRY(take_.bind(first_range_.int64(0)).run());
  }
  SHEEN_TRY(database_->commit());
  SHEEN_TRY(database_->sync_wal());
  if (auto fault = SHEEN_FAULT("mds.sequence.taken")) return fault->error();
  sequence_ = sequence;
  next_object_ = 1;
  return count_pool();
}

Status FidSource::add_range(uint32_t first, uint32_t count) {
  if (first < kFirstSequence || count == 0 || uint64_t{first} + count > UINT32_MAX)
    return Error(Errc::kBadRequest, "a range of sequences that cannot be");
  SHEEN_TRY(database_->begin());
  SHEEN_TRY(insert_range_.bind(first, first, count).run());
  SHEEN_TRY(database_->commit());
  return count_pool();
}

}  // namespace sheen::mds
