// SPDX-License-Identifier: Apache-2.0
#pragma once

// Recovery: after a restart, who is still awaited. Every session known from before the restart must
// say Recovered or go; until then the target grants no new file lock and frees no orphan. The wait
// is bounded by a hard limit, after which those who did not return are evicted.
// Belongs to the lane.

#include <vector>

#include "lib/base/clock.h"
#include "lib/target/session.h"

namespace sheen::target {

class Recovery {
 public:
  Recovery(SessionTable& sessions, MonotonicNs now, int64_t limit_ns);

  bool active() const { return active_; }
  void set_limit(int64_t limit_ns) { deadline_ = started_ + limit_ns; }
  // True if this ended the recovery.
  bool update();
  // Sessions to evict: awaited beyond the limit.
  std::vector<Uuid> overdue(MonotonicNs now);
  MonotonicNs deadline() const { return active_ ? deadline_ : kNever; }
  uint64_t duration_ms(MonotonicNs now) const;

 private:
  SessionTable& sessions_;
  MonotonicNs started_;
  MonotonicNs deadline_;
  bool active_ = false;
};

}  // namespace sheen::target
