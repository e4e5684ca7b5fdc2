// SPDX-License-Identifier: Apache-2.0
#pragma once

// ReplyCache: what makes changing requests happen exactly once.
//
// A client has a fixed number of slots and at most one unanswered changing request in each. The
// reply of a change is written under (client, slot) in the same transaction as the change, so
// either both exist or neither. A request is then one of three things:
//
//   kNew     its xid is higher than the slot's: run it
//   kStored  its xid is the slot's: it ran; send what it was answered
//   kStale   its xid is lower: the client has that answer long since and used the slot again; a
//            late copy, to be dropped
//
// The answer of a request that failed changed nothing; it is kept in memory only. That is enough: a
// copy made before a restart names the old epoch and is refused, and a client sends a request again
// after a restart only if it has no answer.
//
// Belongs to the lane. Bounded: slots per client, one reply each.

#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/base/buffer.h"
#include "lib/base/ids.h"
#include "lib/store/database.h"

namespace sheen::target {

struct StoredReply {
  uint64_t xid = 0;  // 0: slot not used yet
  Errc status = Errc::kOk;
  Transno transno;
  Buffer body;
};

enum class SlotState { kNew, kStored, kStale };

class ReplyCache {
 public:
  static Result<std::unique_ptr<ReplyCache>> open(store::Database& database);

  SlotState look_up(const Uuid& client, uint32_t slot, uint64_t xid,
                    const StoredReply*& stored) const;
  // The row becomes part of the current transaction.
  Status store(const Uuid& client, uint32_t slot, StoredReply reply);
  void remember_failure(const Uuid& client, uint32_t slot, uint64_t xid, Errc status);
  // Of all sessions, before the cache is opened. Part of the current transaction.
  static Status forget_all(store::Database& database);
  // The session ended. Part of the current transaction.
  Status forget(const Uuid& client);

 private:
  explicit ReplyCache(store::Database& database) : database_(database) {}
  StoredReply& slot_of(const Uuid& client, uint32_t slot);

  store::Database& database_;
  store::Statement upsert_;
  store::Statement delete_;
  std::unordered_map<Uuid, std::vector<StoredReply>> slots_;
};

}  // namespace sheen::target
