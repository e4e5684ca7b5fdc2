// SPDX-License-Identifier: Apache-2.0
#pragma once

// Destroyer: the work behind Destroy. It removes the objects of a request a few at a time, so that
// a batch of an MDT does not fill the I/O queue in front of readers and writers, and then makes the
// removals of all requests that are ready durable by one sync of their directories, one at a time:
// what arrives during a sync shares the next one. Only then are the requests answered.
//
// Owned by the Ost; belongs to the lane's thread.

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "lib/target/operation.h"
#include "oss/counters.h"
#include "oss/io_pool.h"
#include "oss/store/object_store.h"

namespace sheen::oss {

class Destroyer {
 public:
  Destroyer(IoPool& pool, ObjectStore& store, Counters& counters)
      : pool_(pool), store_(store), counters_(counters) {}
  Destroyer(const Destroyer&) = delete;
  Destroyer& operator=(const Destroyer&) = delete;

  void destroy(std::vector<ObjectId> objects, target::CallPtr call);
  // Goes on with what found the I/O queue full.
  void step();

 private:
  struct Batch {
    std::vector<ObjectId> objects;
    target::CallPtr call;
    size_t started = 0;
    size_t finished = 0;
    Status status = ok();
  };
  using BatchPtr = std::shared_ptr<Batch>;

  void start_removals();
  void start_removal(const BatchPtr& batch, const ObjectId& object);
  void finish_removal(const BatchPtr& batch, Status status);
  void start_sync();
  void finish_sync(const std::vector<BatchPtr>& batches, const Status& status);

  IoPool& pool_;
  ObjectStore& store_;
  Counters& counters_;
  std::deque<BatchPtr> removing_;  // with objects whose removal has not been started
  std::vector<BatchPtr> removed_;  // waiting for the next sync
  size_t removals_running_ = 0;
  bool sync_running_ = false;
};

}  // namespace sheen::oss
