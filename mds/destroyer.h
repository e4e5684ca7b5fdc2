// SPDX-License-Identifier: Apache-2.0
#pragma once

// Destroyer: sees to it that the objects of files that are gone go too. The rows are written in the
// transaction that ends the inode and stay until the OST has confirmed that the destruction is
// durable; so neither a crash of the MDT nor an OST that is away leaves orphans. A row is sent only
// when it survives a power cut here: the file must not come back without its objects. Destroying
// twice is harmless.
//
// Memory holds one batch per OST, never the rows. Owned by the Mdt (declared after its OstPool);
// belongs to the lane's thread. Its table, `destroys`, is made by open().

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "lib/target/environment.h"
#include "lib/wire/striping.h"
#include "mds/ost_pool.h"

namespace sheen::mds {

inline constexpr size_t kDestroyBatchMax = 512;

class Destroyer {
 public:
  static Result<std::unique_ptr<Destroyer>> open(target::Environment& env, OstPool& osts);
  ~Destroyer();
  Destroyer(const Destroyer&) = delete;
  Destroyer& operator=(const Destroyer&) = delete;

  // All objects that the file may have. Part of the caller's transaction; if that is rolled back,
  // nothing was asked for.
  Status add(const wire::Striping& striping, Fid fid);

  // Outside of a transaction: sends batches (one in flight per OST), deletes confirmed rows.
  Status step(MonotonicNs now);
  MonotonicNs next_wakeup() const;

  // Rows as of the last step().
  uint64_t pending() const;

 private:
  struct Queue;

  Destroyer(target::Environment& env, OstPool& osts);
  Status prepare();
  Queue& queue_of(uint16_t ost);
  Status count_new_rows();
  void advance_durable();
  Status delete_confirmed(uint16_t ost, Queue& queue);
  Status send_batch(uint16_t ost, Queue& queue, MonotonicNs now);

  target::Environment& env_;
  OstPool& osts_;
  store::Statement insert_;
  store::Statement count_;
  store::Statement batch_;
  store::Statement delete_;
  std::map<uint16_t, std::unique_ptr<Queue>> queues_;
  std::set<uint16_t> touched_;  // OSTs that got rows since the last step, perhaps rolled back

  // Row numbers rise through all queues and are not reused within one life, so "up to" is enough.
  uint64_t next_id_ = 1;
  uint64_t durable_id_ = 0;  // rows up to here survive a power cut and may be sent
  uint64_t syncing_id_ = 0;  // rows up to here will, once syncing_until_ is committed
  Transno syncing_until_;
};

}  // namespace sheen::mds
