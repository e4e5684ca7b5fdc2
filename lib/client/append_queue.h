// SPDX-License-Identifier: Apache-2.0
#pragma once

// AppendQueue: the appends to one file run one at a time, so that each finds the end of the file
// that the one before left. The client's thread.

#include <deque>
#include <unordered_map>

#include "lib/base/assert.h"
#include "lib/base/function.h"
#include "lib/base/ids.h"

namespace sheen::client {

class AppendQueue {
 public:
  // Calls `start` when no other append to the file runs; end() must follow once.
  void begin(Fid fid, UniqueFunction<void()> start) {
    auto& queue = queues_[fid];
    queue.push_back(std::move(start));
    if (queue.size() == 1) run_front(fid);
  }
  void end(Fid fid) {
    const auto found = queues_.find(fid);
    SHEEN_ASSERT(found != queues_.end());
    found->second.pop_front();
    if (found->second.empty())
      queues_.erase(found);
    else
      run_front(fid);
  }

 private:
  // The front stays in the queue, empty, as the mark of the one that runs.
  void run_front(Fid fid) {
    UniqueFunction<void()> start = std::move(queues_.find(fid)->second.front());
    start();
  }
  std::unordered_map<Fid, std::deque<UniqueFunction<void()>>> queues_;  // none empty
};

}  // namespace sheen::client
