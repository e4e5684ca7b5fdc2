// SPDX-License-Identifier: Apache-2.0
#include "lib/target/recovery.h"

namespace sheen::target {

Recovery::Recovery(SessionTable& sessions, MonotonicNs now, int64_t limit_ns,
                   int64_t absent_limit_ns)
    : sessions_(sessions), started_(now), limit_ns_(limit_ns), absent_limit_ns_(absent_limit_ns) {
  active_ = true;
  update();
}

bool Recovery::update() {
  if (!active_) return false;
  active_ = false;
  awaits_clients_ = false;
  sessions_.for_each([&](Session& session) {
    if (session.recovered) return;
    active_ = true;
    awaits_clients_ = awaits_clients_ || session.role == wire::PeerRole::kClient;
  });
  return !active_;
}

std::vector<Uuid> Recovery::overdue(MonotonicNs now) {
  std::vector<Uuid> out;
  if (!active_) return out;
  const bool over = now >= started_ + limit_ns_;
  const bool absence_over = now >= started_ + absent_limit_ns_;
  sessions_.for_each([&](Session& session) {
    if (!session.recovered && (over || (absence_over && !session.connected)))
      out.push_back(session.client);
  });
  return out;
}

uint64_t Recovery::duration_ms(MonotonicNs now) const {
  return static_cast<uint64_t>((now - started_) / kMillisecond);
}

}  // namespace sheen::target
