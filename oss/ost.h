// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ost: the role of an OSS's target. It takes requests on the lane, has their file work done by the
// I/O pool, and answers them in step(). It keeps nothing in the database: objects are files.
// Owned by the lane; belongs to its thread, except sync_data().

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/target/environment.h"
#include "lib/target/role.h"
#include "oss/buffer_pool.h"
#include "oss/counters.h"
#include "oss/destroyer.h"
#include "oss/io_pool.h"
#include "oss/store/object_store.h"

namespace sheen::oss {

class Ost final : public target::Role {
 public:
  Ost(target::Environment& env, std::unique_ptr<ObjectStore> store);

  std::span<const target::Operation> operations() const override;
  void* self() override { return this; }
  Status step(MonotonicNs now) override;
  MonotonicNs next_wakeup() const override;
  store::DiskSpace space() override;
  std::vector<std::pair<std::string, uint64_t>> counters() override;
  Status sync_data() override;  // sync thread
  bool sync_failed() const override { return store_->poisoned(); }

  ObjectStore& store() { return *store_; }
  BufferPool& buffers() { return buffers_; }
  Counters& counted() { return counters_; }
  IoPool& pool() { return pool_; }
  // Lane thread. A request and its payload, or that of its answer, in the pool's hands. False: too
  // much is in hand already, the client has to ask again.
  bool take_in_hand(size_t payload_bytes);
  void give_back(size_t payload_bytes) { bytes_in_hand_ -= payload_bytes; }
  Destroyer& destroyer() { return destroyer_; }

 private:
  const std::unique_ptr<ObjectStore> store_;
  BufferPool buffers_;
  Counters counters_;
  store::DiskSpace last_space_;
  size_t bytes_in_hand_ = 0;
  IoPool pool_;  // after what its work uses, so that it ends first
  Destroyer destroyer_;
};

Result<std::unique_ptr<target::Role>> open_ost(target::Environment& env);

}  // namespace sheen::oss
