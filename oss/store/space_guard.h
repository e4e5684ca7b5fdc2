// SPDX-License-Identifier: Apache-2.0
#pragma once

// SpaceGuard: keeps objects from filling the file system to the last byte, because the OST's own
// database lies on it: a target that cannot commit has to end, while one that refuses data with
// ENOSPC serves on, and can be told to destroy objects.
//
// The floor is 1/32 of the file system, at most 64 MiB and at least 1 MiB. An OST's database holds
// one row per session and is checkpointed in units of a few MiB, so 64 MiB lie far above what it
// can need, and on a test file system of 64 MiB the floor is just under 2 MiB. What the file system
// itself reserves for root (5 % on ext4) is not counted as available and so comes on top.
//
// Asking the disk costs a system call, so room is handed out from a budget: 1/8 of what was
// available above the floor, at most 16 MiB, then the disk is asked again. Others may use the same
// file system; they can eat into the floor by no more than a budget before it is noticed.
//
// Owned by the ObjectStore; any thread may call.

#include <atomic>
#include <cstdint>
#include <string>

#include "lib/base/result.h"
#include "lib/store/disk.h"

namespace sheen::oss {

class SpaceGuard {
 public:
  static Result<uint64_t> floor_of(store::Disk& disk, const std::string& directory);
  SpaceGuard(store::Disk& disk, std::string directory, uint64_t floor_bytes)
      : disk_(disk), directory_(std::move(directory)), floor_bytes_(floor_bytes) {}

  // May `bytes` more be stored without going below the floor? The disk's own answer, when the bytes
  // are written, is still the last word.
  Result<bool> admit(uint64_t bytes);
  // The disk's space as clients shall see it: what the floor keeps back is not available.
  Result<store::DiskSpace> space();

 private:
  store::Disk& disk_;
  const std::string directory_;
  const uint64_t floor_bytes_;
  std::atomic<int64_t> budget_bytes_{0};
};

}  // namespace sheen::oss
