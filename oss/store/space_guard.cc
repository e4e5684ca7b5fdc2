// SPDX-License-Identifier: Apache-2.0
#include "oss/store/space_guard.h"

#include <algorithm>

namespace sheen::oss {
namespace {
constexpr uint64_t kMiB = 1U << 20;
constexpr uint64_t kFloorMin = kMiB;
constexpr uint64_t kFloorMax = 64 * kMiB;
constexpr uint64_t kFloorShare = 32;
constexpr uint64_t kBudgetMax = 16 * kMiB;
constexpr uint64_t kBudgetShare = 8;
}  // namespace

Result<uint64_t> SpaceGuard::floor_of(store::Disk& disk, const std::string& directory) {
  SHEEN_ASSIGN(const auto space, disk.space(directory));
  return std::clamp(space.bytes_total / kFloorShare, kFloorMin, kFloorMax);
}

Result<store::DiskSpace> SpaceGuard::space() {
  SHEEN_ASSIGN(store::DiskSpace space, disk_.space(directory_));
  space.bytes_available -= std::min(space.bytes_available, floor_bytes_);
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

}  // namespace sheen::oss
