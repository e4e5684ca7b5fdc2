// SPDX-License-Identifier: Apache-2.0
#include "oss/io_pool.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/assert.h"

namespace sheen::oss {

IoPool::IoPool(unsigned threads, size_t capacity_max, UniqueFunction<void()> wake,
               UniqueFunction<void()> before_work)
    : inline_(threads == 0),
      capacity_max_(capacity_max),
      wake_(std::move(wake)),
      before_work_(std::move(before_work)),
      // Every completion has a place, so delivering one cannot fail.
      completions_(capacity_max) {
  // Signals belong to the control thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, i] { thread_main(i); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

IoPool::~IoPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void IoPool::submit(const ObjectId& object, Access access, Work work) {
  enqueue({object, access, std::move(work)});
}

void IoPool::submit(Work work) { enqueue({std::nullopt, Access::kShared, std::move(work)}); }

void IoPool::enqueue(Job job) {
  SHEEN_ASSERT(has_room());
  ++in_flight_;
  if (inline_) {
    before_work_();
    deliver(job.work());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (job.object) {
      ObjectQueue& queue = objects_[*job.object];
      if (!queue.waiting.empty() || !queue.may_start(job.access)) {
        queue.waiting.push_back(std::move(job));
        return;
      }
      queue.start(job.access);
    }
    ready_.push_back(std::move(job));
  }
  ready_changed_.notify_one();
}

void IoPool::thread_main(unsigned number) {
  pthread_setname_np(pthread_self(), fmt::format("sheen-io-{}", number).c_str());
  std::unique_lock lock(mutex_);
  while (true) {
    ready_changed_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    Job job = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    before_work_();
    Completion completion = job.work();
    // What the work holds is freed here and not while the lock is held.
    job.work = nullptr;
    // Before the next change of the object can run: whoever answers these relies on their order.
    deliver(std::move(completion));
    lock.lock();
    if (job.object) release(*job.object, job.access);
  }
}

void IoPool::release(const ObjectId& object, Access access) {
  const auto found = objects_.find(object);
  SHEEN_ASSERT(found != objects_.end());
  ObjectQueue& queue = found->second;
  if (access == Access::kShared)
    --queue.shared_running;
  else
    queue.exclusive_running = false;
  while (!queue.waiting.empty() && queue.may_start(queue.waiting.front().access)) {
    queue.start(queue.waiting.front().access);
    ready_.push_back(std::move(queue.waiting.front()));
    queue.waiting.pop_front();
    ready_changed_.notify_one();
  }
  if (queue.waiting.empty() && queue.shared_running == 0 && !queue.exclusive_running)
    objects_.erase(found);
}

void IoPool::deliver(Completion completion) {
  SHEEN_ASSERT(completions_.push(std::move(completion)));
  // One wake until the lane looks, however many completions arrive before it does.
  if (!wake_pending_.exchange(true)) wake_();
}

bool IoPool::step() {
  // Lowered before taking, so that what arrives meanwhile wakes again.
  if (!wake_pending_.exchange(false)) return false;
  std::deque<Completion> arrived = completions_.take_all();
  for (Completion& completion : arrived) {
    --in_flight_;
    completion();
  }
  return !arrived.empty();
}

}  // namespace sheen::oss
