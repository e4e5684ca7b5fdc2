// SPDX-License-Identifier: Apache-2.0
#pragma once

// IoPool: the threads that do an OST's blocking file work, and the order in which they do it.
//
// Work on one object is serialised: it starts in the order of submission, shared work (reads)
// together, exclusive work alone. So a Write never runs beside the Truncate that unlinks its file
// and the bytes never go to a file without a name. The completions of exclusive work on one object
// come in the same order. Different objects do not wait for one another.
//
// Work runs on a pool thread and returns a Completion, which step() runs on the lane. With 0
// threads work runs inside submit() and everything is deterministic; completions still wait for
// step(), so that a caller sees one order of events in both modes.
//
// Owned by the Ost. submit(), has_room() and step() belong to the lane's thread. The destructor
// lets running work end and drops the rest without its completions.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "lib/base/event_queue.h"
#include "lib/base/function.h"
#include "lib/base/ids.h"

namespace sheen::oss {

enum class Access { kShared, kExclusive };

class IoPool {
 public:
  using Completion = UniqueFunction<void()>;
  using Work = UniqueFunction<Completion()>;

  // `wake` is called from pool threads when step() has something to do, `before_work` before each
  // piece of work, on the thread that does it.
  IoPool(
      unsigned threads, size_t capacity_max, UniqueFunction<void()> wake,
      UniqueFunction<void()> before_work = [] {});
  ~IoPool();
  IoPool(const IoPool&) = delete;
  IoPool& operator=(const IoPool&) = delete;

  // False: refuse the request, or keep it until later. submit() needs room.
  bool has_room() const { return in_flight_ < capacity_max_; }
  void submit(const ObjectId& object, Access access, Work work);
  // Work that concerns no single object and waits for none.
  void submit(Work work);

  // Runs the completions that have arrived; true if there were any.
  bool step();
  // Completions wait for step() although nobody will call `wake`.
  bool due() const { return inline_ && in_flight_ != 0; }
  size_t in_flight() const { return in_flight_; }

 private:
  struct Job {
    std::optional<ObjectId> object;
    Access access = Access::kShared;
    Work work;
  };
  struct ObjectQueue {
    std::deque<Job> waiting;
    unsigned shared_running = 0;
    bool exclusive_running = false;

    bool may_start(Access access) const {
      return !exclusive_running && (access == Access::kShared || shared_running == 0);
    }
    void start(Access access) {
      if (access == Access::kShared)
        ++shared_running;
      else
        exclusive_running = true;
    }
  };

  void enqueue(Job job);
  void thread_main(unsigned number);
  void release(const ObjectId& object, Access access);  // mutex_ held
  void deliver(Completion completion);

  const bool inline_;
  const size_t capacity_max_;
  UniqueFunction<void()> wake_;
  UniqueFunction<void()> before_work_;
  EventQueue<Completion> completions_;
  std::atomic<bool> wake_pending_{false};
  size_t in_flight_ = 0;  // lane only: submitted and not completed

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_changed_;
  std::deque<Job> ready_;
  std::unordered_map<ObjectId, ObjectQueue> objects_;  // with work running or waiting
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace sheen::oss
