// SPDX-License-Identifier: Apache-2.0
#include "oss/store/space_guard.h"

#include <algorithm>

namespace sheen::oss {
namespace {
constexpr uint64_t kMiB = 1U << 20;
constexpr uint64_t kBudgetMax = 16 * kMiB;
constexpr uint64_t kBudgetShare = 8;
}  // namespace

Result<store::DiskSpace> SpaceGuard::space() {
  SHEEN_ASSIGN(store::DiskSpace space, disk_.space(directory_));
  space.bytes_available -= std::min(space.bytes_available, kept_for_database(2));
  return space;
}

Result<bool> SpaceGuard::admit(uint64_t bytes) {
  if (bytes <= kBudgetMax) {
    const auto wanted = static_cast<int64_t>(bytes);
    if (budget_bytes_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) return true;
  }
  SHEEN_ASSIGN(const auto now, space());
  const uint64_t budget = std::min(now.bytes_available / kBudgetShare, kBudgetMax);
  budget_bytes_.store(static_cast<int64_t>(budget), std::memory_order_relaxed);
  return bytes <= now.bytes_available;
}

Result<bool> SpaceGuard::admit_overwrite() {
  SHEEN_ASSIGN(const store::DiskSpace now, disk_.space(directory_));
  return now.bytes_available >= kept_for_database(4);
}

uint64_t SpaceGuard::kept_for_database(int share_of_bound) const {
  return static_cast<uint64_t>(database_.wal_growth_bytes() +
                               database_.wal_bound_bytes() / share_of_bound);
}

}  // namespace sheen::oss
