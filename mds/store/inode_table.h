// SPDX-License-Identifier: Apache-2.0
#pragma once

// InodeTable: the rows of `inode` and of `orphan` (inodes without a name that somebody has open).
// Owned by the Store; lane thread. Changes are part of the current transaction.
//
// Reading a directory or a symbolic link may have to move its atime, but an operation that only
// reads writes nothing: touch_atime() keeps the new time in memory, find() shows it, and
// flush_atimes() writes all of them in one go. A crash in between loses atimes, which relatime
// allows.

#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/store/database.h"
#include "mds/store/inode.h"

namespace sheen::mds {

class InodeTable {
 public:
  static Result<InodeTable> open(store::Database& database);

  Result<std::optional<Inode>> find(Fid fid);
  Result<Inode> get(Fid fid);  // kStale: the file is gone
  Status insert(const Inode& inode);
  Status update(const Inode& inode);
  Status erase(Fid fid);
  // Only times and link count, for parents of changed entries; cheaper than update().
  Status update_parent(const Inode& inode);

  Status add_orphan(Fid fid);
  Status remove_orphan(Fid fid);
  Result<bool> is_orphan(Fid fid);
  Result<std::vector<Fid>> orphans();

  void touch_atime(Fid fid, RealtimeNs atime) { touched_[fid] = atime; }
  bool has_touched() const { return !touched_.empty(); }
  Status flush_atimes();

 private:
  InodeTable() = default;
  store::Statement find_;
  store::Statement insert_;
  store::Statement update_;
  store::Statement update_parent_;
  store::Statement update_atime_;
  store::Statement erase_;
  store::Statement add_orphan_;
  store::Statement remove_orphan_;
  store::Statement is_orphan_;
  store::Statement orphans_;
  std::unordered_map<Fid, RealtimeNs> touched_;
};

}  // namespace sheen::mds
