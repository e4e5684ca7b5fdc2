// SPDX-License-Identifier: Apache-2.0
#include "lib/target/reply_cache.h"

#include <cstring>

#include "lib/base/assert.h"
#include "lib/base/limits.h"

namespace sheen::target {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS reply("
    "client BLOB NOT NULL, slot INTEGER NOT NULL, xid INTEGER NOT NULL, transno INTEGER NOT NULL,"
    "body BLOB NOT NULL, PRIMARY KEY(client, slot)) WITHOUT ROWID";

}  // namespace

Result<std::unique_ptr<ReplyCache>> ReplyCache::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  std::unique_ptr<ReplyCache> cache(new ReplyCache(database));
  SHEEN_ASSIGN(cache->upsert_,
               database.prepare("INSERT OR REPLACE INTO reply(client, slot, xid, transno, body)"
                                " VALUES(?,?,?,?,?)"));
  SHEEN_ASSIGN(cache->delete_, database.prepare("DELETE FROM reply WHERE client = ?"));
  SHEEN_ASSIGN(store::Statement all,
               database.prepare("SELECT client, slot, xid, transno, body FROM reply"));
  for (;;) {
    SHEEN_ASSIGN(const bool more, all.row());
    if (!more) break;
    Uuid client;
    const std::string_view bytes = all.blob(0);
    const int64_t slot = all.int64(1);
    if (bytes.size() != client.bytes.size() || slot < 0 || slot >= kSlotsPerSession)
      return Error(Errc::kCorrupt, "reply table");
    std::memcpy(client.bytes.data(), bytes.data(), bytes.size());
    StoredReply& stored = cache->slot_of(client, static_cast<uint32_t>(slot));
    stored.xid = static_cast<uint64_t>(all.int64(2));
    stored.transno.value = static_cast<uint64_t>(all.int64(3));
    stored.body = Buffer::copy_of(all.blob(4));
  }
  return cache;
}

StoredReply& ReplyCache::slot_of(const Uuid& client, uint32_t slot) {
  SHEEN_ASSERT(slot < kSlotsPerSession);
  std::vector<StoredReply>& slots = slots_[client];
  if (slots.size() <= slot) slots.resize(slot + 1);
  return slots[slot];
}

SlotState ReplyCache::look_up(const Uuid& client, uint32_t slot, uint64_t xid,
                              const StoredReply*& stored) const {
  const auto found = slots_.find(client);
  if (found == slots_.end() || found->second.size() <= slot) return SlotState::kNew;
  const StoredReply& reply = found->second[slot];
  if (xid > reply.xid) return SlotState::kNew;
  if (xid < reply.xid) return SlotState::kStale;
  stored = &reply;
  return SlotState::kStored;
}

Status ReplyCache::store(const Uuid& client, uint32_t slot, StoredReply reply) {
  SHEEN_TRY(upsert_.bind(client, slot, reply.xid, reply.transno.value, reply.body.view()).run());
  slot_of(client, slot) = std::move(reply);
  return ok();
}

void ReplyCache::remember_failure(const Uuid& client, uint32_t slot, uint64_t xid, Errc status) {
  slot_of(client, slot) = StoredReply{xid, status, {}, {}};
}

Status ReplyCache::forget_all(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  return database.execute("DELETE FROM reply");
}

Status ReplyCache::forget(const Uuid& client) {
  slots_.erase(client);
  return delete_.bind(client).run();
}

}  // namespace sheen::target
