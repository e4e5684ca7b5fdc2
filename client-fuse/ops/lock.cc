// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <sys/file.h>

#include "client-fuse/request.h"

namespace sheen::fuse::ops {
namespace {

client::FileLock to_lock(fuse_req_t req, const fuse_file_info& info, const struct flock& in) {
  client::FileLock lock;
  lock.start = static_cast<uint64_t>(in.l_start);
  lock.end = in.l_len == 0 ? UINT64_MAX : lock.start + static_cast<uint64_t>(in.l_len) - 1;
  lock.type = in.l_type;
  lock.owner = info.lock_owner;
  // fcntl(F_GETLK) shows it; of a thread, FUSE's context has the thread's own id.
  lock.pid = static_cast<uint32_t>(in.l_pid != 0 ? in.l_pid : fuse_req_ctx(req)->pid);
  return lock;
}

struct flock to_flock(const client::FileLock& lock) {
  struct flock out {};
  out.l_whence = SEEK_SET;
  out.l_type = static_cast<short>(lock.type);
  out.l_start = static_cast<off_t>(lock.start);
  // libfuse makes the kernel's OFFSET_MAX of 0.
  out.l_len = lock.end >= static_cast<uint64_t>(INT64_MAX)
                  ? 0
                  : static_cast<off_t>(lock.end - lock.start + 1);
  out.l_pid = static_cast<pid_t>(lock.pid);
  return out;
}

// A request that may wait for somebody else's unlock, and be interrupted by a signal meanwhile.
struct PendingLock {
  client::Client& client;
  client::LockWait wait = 0;
  bool answered = false;
};

// The kernel's INTERRUPT. The answer, EINTR, comes through the call's completion: the lock may have
// been granted at the same moment.
void interrupted(fuse_req_t, void* data) {
  auto& pending = *static_cast<PendingLock*>(data);
  if (!pending.answered) pending.client.cancel_lock(pending.wait);
}

void set_lock(fuse_req_t req, const fuse_file_info& info, const client::FileLock& lock, bool wait) {
  Request request(req);
  client::Client& client = request.client();
  auto pending = std::make_shared<PendingLock>(PendingLock{.client = client});
  pending->wait = client.setlk(
      info.fh, lock, wait, [request = std::move(request), pending](Result<void> result) mutable {
        pending->answered = true;
        if (!result) return request.error(result.error());
        request.done();
      });
  // The completion keeps `pending` for as long as the request lives.
  if (wait && !pending->answered) fuse_req_interrupt_func(req, interrupted, pending.get());
}

}  // namespace

void getlk(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info, struct flock* lock) {
  Request request(req);
  request.client().getlk(Fid{ino}, to_lock(req, *info, *lock),
                         [request = std::move(request)](Result<client::FileLock> found) mutable {
                           if (!found) return request.error(found.error());
                           const struct flock out = to_flock(*found);
                           fuse_reply_lock(request.take(), &out);
                         });
}

void setlk(fuse_req_t req, fuse_ino_t, fuse_file_info* info, struct flock* lock, int sleep) {
  set_lock(req, *info, to_lock(req, *info, *lock), sleep != 0);
}

void flock(fuse_req_t req, fuse_ino_t, fuse_file_info* info, int operation) {
  client::FileLock lock;
  lock.flock = true;
  lock.owner = info->lock_owner;
  lock.pid = static_cast<uint32_t>(fuse_req_ctx(req)->pid);
  switch (operation & ~LOCK_NB) {
    case LOCK_SH: lock.type = F_RDLCK; break;
    case LOCK_EX: lock.type = F_WRLCK; break;
    case LOCK_UN: lock.type = F_UNLCK; break;
    default: return Request(req).error(EINVAL);
  }
  set_lock(req, *info, lock, (operation & LOCK_NB) == 0);
}

}  // namespace sheen::fuse::ops
