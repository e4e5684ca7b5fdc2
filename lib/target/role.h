// SPDX-License-Identifier: Apache-2.0
#pragma once

// Role: what an MGS, MDS or OSS adds to the common target. The lane calls it on its own thread.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/rpc/cluster_map.h"
#include "lib/store/disk.h"
#include "lib/target/operation.h"

namespace sheen::target {

enum class CloseReason { kDisconnected, kEvicted };

class Role {
 public:
  virtual ~Role() = default;
  virtual std::span<const Operation> operations() const = 0;
  // The pointer that operations get as `role`.
  virtual void* self() = 0;

  // A new session; the role may send it something.
  virtual void on_session_open(Session&) {}
  // The session ends: drop its handles and locks. Runs inside a transaction.
  virtual Status on_session_close(Session&, CloseReason) { return ok(); }
  // Every known session is back or gone.
  virtual void on_recovery_finished() {}
  // News from the MGS; also once at the start, from the copy kept here, if there is one.
  virtual void on_cluster_map(const rpc::ClusterMap&) {}
  // The MGS was told that this host is dead. A hint.
  virtual void on_node_down(const std::string& /*host_name*/) {}
  // Background work, between batches and outside of a transaction (the role may begin its own).
  virtual Status step(MonotonicNs now) = 0;
  virtual MonotonicNs next_wakeup() const = 0;

  virtual store::DiskSpace space() = 0;
  // For the status of one session and of the target.
  virtual std::pair<uint32_t, uint32_t> opens_and_locks(const Session&) { return {0, 0}; }
  virtual std::vector<std::pair<std::string, uint64_t>> counters() { return {}; }
  // What must be synced besides the WAL before `committed` may rise. Sync thread; blocks.
  virtual Status sync_data() { return ok(); }
  // Some data was lost on its way to the disk: the lane answers what is ready and ends.
  virtual bool sync_failed() const { return false; }
};

}  // namespace sheen::target
