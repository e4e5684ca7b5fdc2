// SPDX-License-Identifier: Apache-2.0
#pragma once

// NotifyThread: the thread for calls into the kernel that wait for the reactor: dropping cached
// pages (waits for READs and WRITEs in work on them) and unmounting (writes dirty mappings back
// first). The reactor making them itself would be a deadlock.
//
// main() owns it; anybody may queue work.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "client-fuse/kernel_mount.h"
#include "client-fuse/session.h"

namespace sheen::fuse {

class NotifyThread {
 public:
  NotifyThread(Session& session, KernelMount& mount);
  // Finishes what is queued. The reactor must be serving still, or the connection be gone.
  ~NotifyThread();
  NotifyThread(const NotifyThread&) = delete;
  NotifyThread& operator=(const NotifyThread&) = delete;

  // Drops what the kernel has cached of a file. False if the queue is full: nothing is dropped.
  bool invalidate_inode(uint64_t node);
  // KernelMount::unmount(). Always queued.
  void unmount();

 private:
  struct Job {
    bool unmount = false;
    uint64_t node = 0;
  };
  void run();

  Session& session_;
  KernelMount& mount_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sheen::fuse
