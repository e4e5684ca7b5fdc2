// SPDX-License-Identifier: Apache-2.0
#pragma once

// FidSource: where new inodes get their numbers. The MGS gives ranges of sequences to this MDT;
// they are kept in the table `sequence_pool`. Every start takes a fresh sequence out of it,
// durably before its first use, so a fid that was given out and then lost in a power cut is never
// given out again: objects named after it may exist. Owned by the Store; lane thread.

#include <cstdint>

#include "lib/base/ids.h"
#include "lib/store/database.h"

namespace sheen::mds {

// Asked for again when fewer are left.
inline constexpr uint32_t kSequencesLow = 16;
inline constexpr uint32_t kSequencesPerRequest = 64;

class FidSource {
 public:
  // `object_max` is smaller than 2^32 - 1 only in tests.
  static Result<FidSource> open(store::Database& database, uint32_t object_max = UINT32_MAX);

  // kRecovering: no sequence is left and the MGS has not given one yet; ask again.
  Result<Fid> next();
  // Outside of a transaction: takes a sequence from the pool if none is in use. Used-up ranges keep
  // their rows, so that a repeated answer of the MGS cannot bring them back.
  Status refill();

  // From the MGS; its own transaction. A range that is known already changes nothing.
  Status add_range(uint32_t first, uint32_t count);
  bool wants_more() const { return pooled_ < kSequencesLow; }
  uint64_t pooled() const { return pooled_; }
  uint32_t sequence() const { return sequence_; }

 private:
  explicit FidSource(store::Database& database) : database_(&database) {}
  Status count_pool();

  store::Database* database_;
  store::Statement first_range_;
  store::Statement insert_range_;
  store::Statement take_;
  store::Statement count_;
  uint64_t pooled_ = 0;
  uint32_t sequence_ = 0;  // 0: none
  uint32_t next_object_ = 1;
  uint32_t object_max_ = UINT32_MAX;
};

}  // namespace sheen::mds
