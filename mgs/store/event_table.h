// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table `cluster_event`: what the servers' clusters have told, the last kKept of it. It is no part
// of any file system's configuration. Lane thread; part of the current transaction.

#include <memory>
#include <vector>

#include "lib/store/database.h"
#include "lib/wire/codec.h"

namespace sheen::mgs {

class EventTable {
 public:
  static constexpr int64_t kKept = 1000;

  static Result<EventTable> open(store::Database& database);

  // Whether another reporter has told the same, within 10 s of it by the reporters' clocks.
  Result<bool> is_told_by_another(const wire::ClusterEventT& event);
  // Gives it an id, and forgets the oldest.
  Status append(const wire::ClusterEventT& event);
  // The newest first, those below `before`; 0: from the end.
  Result<std::vector<std::unique_ptr<wire::ClusterEventT>>> list(uint64_t before, uint32_t limit);

 private:
  store::Statement find_same_;
  store::Statement append_;
  store::Statement forget_;
  store::Statement list_;
};

}  // namespace sheen::mgs
