// SPDX-License-Identifier: Apache-2.0
#pragma once

// SpaceGuard: keeps objects from filling the file system to the last byte, because the OST's own
// database lies on it: a target that cannot commit has to end, while one that refuses data with
// ENOSPC serves on, and can be told to destroy objects.
//
// Data is refused below a floor: what the database's WAL may still grow by, and half of its bound
// (1/32 of the file system, at most 64 MiB) for the database file and for what happens between two
// looks. Overwriting takes no space for data, but blocks for the file system's own tables (the
// extents of a preallocated file), so it stops as well when half of that half is gone. Removals go
// on. What the file system itself reserves for root (5 % on ext4) is not counted as available and
// so comes on top.
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
#include "lib/store/database.h"
#include "lib/store/disk.h"

namespace sheen::oss {

class SpaceGuard {
 public:
  SpaceGuard(store::Disk& disk, std::string directory, const store::Database& database)
      : disk_(disk), directory_(std::move(directory)), database_(database) {}

  // May `bytes` more be stored without going below the floor? The disk's own answer, when the bytes
  // are written, is still the last word.
  Result<bool> admit(uint64_t bytes);
  // May bytes be overwritten that have their space already?
  Result<bool> admit_overwrite();
  // The disk's space as clients shall see it: what the floor keeps back is not available.
  Result<store::DiskSpace> space();

 private:
  uint64_t kept_for_database(int share_of_bound) const;

  store::Disk& disk_;
  const std::string directory_;
  const store::Database& database_;
  std::atomic<int64_t> budget_bytes_{0};
};

}  // namespace sheen::oss
