// SPDX-License-Identifier: Apache-2.0
// fcntl and flock locks. The MDT decides; what it grants is kept to be restated.
#include "lib/client/core.h"
#include "lib/client/wire_lock.h"

namespace sheen::client {
namespace {

constexpr int64_t kCancelAgainNs = 1 * kSecond;

// A flock that was to be converted is gone whatever the answer is.
bool left_as_it_was(const FileLock& lock, Errc answer) {
  return !lock.flock && (answer == Errc::kNoLocks || answer == Errc::kAgain ||
                         answer == Errc::kDeadlock || answer == Errc::kInterrupted);
}

// The MDT was asked, and this is its answer.
void on_set_lock(Core& core, LockWait name, Status status) {
  LockWaiting wait = core.lock_waits.take(name);
  if (status)
    core.locks.apply(wait.fid, wait.lock);
  else if (left_as_it_was(wait.lock, status.code()))
    core.locks.put_back(wait.let_go);
  wait.done(std::move(status));
}

// The MDT was never asked, so what the owner held is held still.
void on_unsent(Core& core, LockWait name, Status status) {
  LockWaiting wait = core.lock_waits.take(name);
  core.locks.put_back(wait.let_go);
  wait.done(std::move(status));
}

void let_go(Core& core, LockWaiting& waiting) {
  // Nor may an earlier request of the owner bring back what this one replaces.
  FileLock replaced = waiting.lock;
  replaced.type = F_UNLCK;
  core.lock_waits.change_let_go([&](HeldLocks& gone) { gone.apply(waiting.fid, replaced); });
  waiting.let_go = core.locks.let_go(waiting.fid, waiting.lock);
}

void send_set_lock(Core& core, LockWait name, rpc::Import& import, bool wait) {
  LockWaiting* waiting = core.lock_waits.find(name);
  if (waiting->cancelled) return on_unsent(core, name, Errc::kInterrupted);
  wire::SetLockRequestT request;
  request.fid = waiting->fid.value;
  request.lock = std::make_unique<wire::LockRangeT>(to_wire(waiting->lock));
  request.wait = wait;
  let_go(core, *waiting);
  const uint64_t xid =
      import.call(make_request<wire::SetLockRequest>(request),
                  rpc::typed<wire::SetLockRequest>(
                      [&core, name](Result<rpc::ReplyFor<wire::SetLockRequest>> reply) {
                        if (!reply) return on_set_lock(core, name, std::move(reply).error());
                        on_set_lock(core, name, ok());
                      }));
  // The call may have failed at once, and then nothing waits any more.
  if ((waiting = core.lock_waits.find(name)) == nullptr) return;
  waiting->import = &import;
  waiting->xid = xid;
}

// Says so again until the lock request is answered: an MDT that restarts between the answer to the
// cancellation and that to the lock request knows of neither, and would let the latter wait anew.
void send_cancel(Core& core, LockWait name) {
  const LockWaiting* waiting = core.lock_waits.find(name);
  if (waiting == nullptr) return;
  wire::CancelLockRequestT request;
  request.xid = waiting->xid;
  waiting->import->call(make_request<wire::CancelLockRequest>(request),
                        [&core, name](Result<wire::Message>) {
                          core.timers.at(core.clock.monotonic() + kCancelAgainNs,
                                         [&core, name] { send_cancel(core, name); });
                        });
}

}  // namespace

void Client::getlk(Fid fid, const FileLock& lock, Done<FileLock> done) {
  wire::GetLockRequestT request;
  request.fid = fid.value;
  request.lock = std::make_unique<wire::LockRangeT>(to_wire(lock));
  core_->ask_mdt<wire::GetLockRequest>(
      fid, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::GetLockRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        FileLock found;
        found.type = F_UNLCK;
        if ((*reply)->lock() != nullptr) found = from_wire(*(*reply)->lock());
        done(found);
      });
}

LockWait Client::setlk(Handle handle, const FileLock& lock, bool wait, Done<void> done) {
  auto file = core_->file(handle);
  if (!file) {
    done(std::move(file).error());
    return 0;
  }
  OpenInode& inode = *(*file)->inode;
  const Fid fid = inode.fid();
  if (!lock.flock && lock.type != F_UNLCK) inode.lock_owner_uses(handle, lock.owner);
  const LockWait name = core_->lock_waits.add(fid, lock, std::move(done));
  core_->targets.with_mdt(fid, [core = core_.get(), name, wait](Result<rpc::Import*> import) {
    if (!import) return on_unsent(*core, name, std::move(import).error());
    send_set_lock(*core, name, **import, wait);
  });
  return name;
}

void Client::cancel_lock(LockWait name) {
  LockWaiting* waiting = core_->lock_waits.find(name);
  if (waiting == nullptr || std::exchange(waiting->cancelled, true)) return;
  if (waiting->import == nullptr) return;  // send_set_lock will see it
  if (waiting->import->cancel_unsent(waiting->xid))
    return on_unsent(*core_, name, Errc::kInterrupted);
  send_cancel(*core_, name);
}

void Client::release_locks(Fid fid, uint64_t owner, bool flock, Done<void> done) {
  if (const auto inode = core_->files.find_inode(fid); inode != nullptr && !flock)
    inode->forget_lock_owner(owner);
  // Of a flock only the MDT knows for sure: a conversion that failed on the way may have left the
  // old one. This is asked once for a handle that used flock(2), the other at every close(2).
  if (!flock && !core_->locks.holds(fid, owner, flock) && !core_->lock_waits.any(fid, owner, flock))
    return done(ok());
  core_->locks.release_owner(fid, owner, flock);
  core_->lock_waits.change_let_go([&](HeldLocks& gone) { gone.release_owner(fid, owner, flock); });
  wire::ReleaseLocksRequestT request;
  request.fid = fid.value;
  request.owner = owner;
  request.flock = flock;
  core_->ask_mdt<wire::ReleaseLocksRequest>(
      fid, request,
      [core = core_.get(), fid, owner, flock,
       done = std::move(done)](Result<rpc::ReplyFor<wire::ReleaseLocksRequest>> reply) mutable {
        // One that was granted while the release was on its way went with the others.
        core->locks.release_owner(fid, owner, flock);
        if (!reply) return done(std::move(reply).error());
        done(ok());
      });
}

}  // namespace sheen::client
