// SPDX-License-Identifier: Apache-2.0
#include "lib/target/recovery.h"

namespace sheen::target {

Recovery::Recovery(SessionTable& sessions, MonotonicNs now, int64_t limit_ns)
    : sessions_(sessions), started_(now), deadline_(now + limit_ns) {
  active_ = true;
  update();
}

bool Recovery::update() {
  if (!active_) return false;
  bool awaited = false;
  sessions_.for_each([&](Session& session) { awaited = awaited || !session.recovered; });
  active_ = awaited;
  return !active_;
}

std::vector<Uuid> Recovery::overdue(MonotonicNs now) {
  std::vector<Uuid> out;
  if (!active_ || now < deadline_) return out;
  sessions_.for_each([&](Session& session) {
    if (!session.recovered) out.push_back(session.client);
  });
  return out;
}

uint64_t Recovery::duration_ms(MonotonicNs now) const {
  return static_cast<uint64_t>((now - started_) / kMillisecond);
}

}  // namespace sheen::target
