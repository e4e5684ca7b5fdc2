// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/notify_thread.h"

#include "lib/base/limits.h"
#include "lib/base/log.h"

namespace sheen::fuse {

NotifyThread::NotifyThread(Session& session, KernelMount& mount)
    : session_(session), mount_(mount), thread_([this] { run(); }) {}

NotifyThread::~NotifyThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool NotifyThread::invalidate_inode(uint64_t node) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kDirtyQueueMax) return false;
    jobs_.push_back({.node = node});
  }
  changed_.notify_one();
  return true;
}

void NotifyThread::unmount() {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({.unmount = true});
  }
  changed_.notify_one();
}

void NotifyThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    if (job.unmount) {
      mount_.unmount();
    } else if (Status s = session_.invalidate_inode(job.node); !s) {
      SHEEN_DEBUG("{}", s.error().message());
    }
    lock.lock();
  }
}

}  // namespace sheen::fuse
