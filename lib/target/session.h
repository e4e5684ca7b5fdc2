// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sessions: what a target knows about each client (Lustre's export). A session is a synced row from
// its first connect until it is closed or evicted, so a starting target knows who must come back.
// SessionTable belongs to the lane.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "lib/base/clock.h"
#include "lib/base/ids.h"
#include "lib/store/database.h"
#include "lib/target/deferred_calls.h"
#include "lib/wire/opcode.h"

namespace sheen::target {

struct Session {
  Uuid client;
  std::string name;
  wire::PeerRole role{};
  // The xid of the Connect that made it: its name towards the client, which learns of an eviction
  // by hearing another one, even if the first answer, or the process, is lost.
  uint64_t made_by = 0;
  // In memory only:
  std::string control_peer;   // of its last Connect, and for notices; empty: not connected yet
  uint64_t connect_xid = 0;   // of that Connect
  std::string bulk_peer;      // of requests since then; empty: none came
  std::string old_bulk_peer;  // of those before it
  uint64_t first_change = 0;  // of objects; those with lower xids ended with the session before
  Transno durable_at;         // when its row is; of sessions made in this epoch
  bool connected = false;     // in this life of the target
  bool recovered = true;      // false: known from before the restart and not back yet
  MonotonicNs last_heard = 0;
  int64_t ping_interval_ns = 0;  // that its client was told of
  uint64_t xid_floor = 0;        // requests below are stale copies
  DeferredCalls calls;
};

class SessionTable {
 public:
  static Result<std::unique_ptr<SessionTable>> open(store::Database& database);

  Session* find(const Uuid& client);
  // The row becomes part of the current transaction.
  Result<Session*> add(const Uuid& client, std::string name, wire::PeerRole role, uint64_t made_by);
  Status remove(const Uuid& client);
  size_t size() const { return sessions_.size(); }
  void for_each(const std::function<void(Session&)>& visit);

 private:
  explicit SessionTable(store::Database& database) : database_(database) {}
  store::Database& database_;
  store::Statement insert_;
  store::Statement delete_;
  std::unordered_map<Uuid, std::unique_ptr<Session>> sessions_;  // stable addresses
};

}  // namespace sheen::target
