// SPDX-License-Identifier: Apache-2.0
#pragma once

// Recovery: after a restart, who is still awaited. Every session known from before the restart must
// say Recovered or go; until then the target grants no new file lock and frees no orphan, and an
// OST holds new changes back: what a client sends again may have run already, somebody may have
// seen it, and it must not undo what came after that. The wait is bounded, after which those who
// did not return are evicted. Belongs to the lane.

#include <vector>

#include "lib/base/clock.h"
#include "lib/target/session.h"

namespace sheen::target {

class Recovery {
 public:
  // `absent_limit_ns` is for those who have not even connected by then.
  Recovery(SessionTable& sessions, MonotonicNs now, int64_t limit_ns, int64_t absent_limit_ns);

  bool active() const { return active_; }
  // Of those awaited, some are clients: they may have changes to send again.
  bool awaits_clients() const { return awaits_clients_; }
  void set_limit(int64_t limit_ns) { limit_ns_ = limit_ns; }
  // Nobody could come back meanwhile.
  void excuse(int64_t ns) { started_ += ns; }
  // True if this ended the recovery.
  bool update();
  // Sessions to evict: awaited beyond their limit.
  std::vector<Uuid> overdue(MonotonicNs now);
  MonotonicNs deadline() const { return active_ ? started_ + limit_ns_ : kNever; }
  uint64_t duration_ms(MonotonicNs now) const;

 private:
  SessionTable& sessions_;
  MonotonicNs started_;
  int64_t limit_ns_;
  const int64_t absent_limit_ns_;
  bool active_ = false;
  bool awaits_clients_ = false;
};

}  // namespace sheen::target
