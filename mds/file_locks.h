// SPDX-License-Identifier: Apache-2.0
#pragma once

// FileLocks: the lock table of this MDT together with the calls that wait for it. The operations
// get_lock, set_lock, cancel_lock and release_locks are thin covers over it.
//
// While the target recovers, clients may still restate locks that nobody else knows of, so a call
// that asks for a lock, or who holds one, is parked until every client is back or gone; unlocking
// goes on at once. A resent call takes the place of its parked original, which is then dropped
// without an answer: its reply would reach the client under the same xid.
//
// Owned by the Mdt (mdt.file_locks()); belongs to the lane's thread.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "lib/locks/file_lock_table.h"
#include "lib/target/environment.h"
#include "lib/target/operation.h"
#include "lib/wire/codec.h"

namespace sheen::mds {

class FileLocks {
 public:
  explicit FileLocks(target::Environment& env, locks::LockLimits limits = {});

  // GetLock and SetLock; answered now or later.
  void get(target::CallPtr call);
  void set(target::CallPtr call);

  // CancelLock: the waiting SetLock gets kInterrupted. False: it does not wait (any more).
  bool cancel(target::Session& session, uint64_t xid);
  void release_owner(const Uuid& client, Fid fid, uint64_t owner, bool flock);

  // Of a Restate: returns the locks that are lost.
  std::vector<wire::HeldLockT> restate(
      const Uuid& client, const flatbuffers::Vector<flatbuffers::Offset<wire::HeldLock>>* locks);

  // From Role::on_session_close() and Role::on_recovery_finished().
  void on_session_close(const target::Session& session);
  void on_recovery_finished();

  uint32_t held_count(const Uuid& client) const;
  size_t parked_count() const { return waiting_.size() + recovery_.size(); }
  const locks::FileLockTable& table() const { return table_; }

 private:
  using CallName = std::pair<Uuid, uint64_t>;  // client, xid
  void park_for_recovery(target::CallPtr call);
  // A parked conversion of a flock fails: the old lock goes, as it would have gone in the table.
  // The client counts on that.
  void give_up_converted(const target::Call& call);
  void set_now(target::CallPtr call);
  void get_now(target::CallPtr call);
  void answer_completed();

  target::Environment& env_;
  const locks::LockLimits limits_;
  locks::FileLockTable table_;
  std::map<CallName, target::CallPtr> waiting_;  // SetLocks that wait in the table
  std::vector<target::CallPtr> recovery_;        // until recovery is over, in their order
};

}  // namespace sheen::mds
