// SPDX-License-Identifier: Apache-2.0
#include "lib/target/session.h"

#include <cstring>

#include "lib/base/assert.h"

namespace sheen::target {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS session("
    "client BLOB PRIMARY KEY, name BLOB NOT NULL, role INTEGER NOT NULL,"
    "made_by INTEGER NOT NULL) WITHOUT ROWID";

// A tool's session ends with its connection; nobody waits for it after a restart.
bool durable(wire::PeerRole role) { return role != wire::PeerRole::kAdmin; }

}  // namespace

Result<std::unique_ptr<SessionTable>> SessionTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  std::unique_ptr<SessionTable> table(new SessionTable(database));
  SHEEN_ASSIGN(table->insert_,
               database.prepare("INSERT OR REPLACE INTO session(client, name, role, made_by)"
                                " VALUES(?,?,?,?)"));
  SHEEN_ASSIGN(table->delete_, database.prepare("DELETE FROM session WHERE client = ?"));
  SHEEN_ASSIGN(store::Statement all,
               database.prepare("SELECT client, name, role, made_by FROM session"));
  for (;;) {
    SHEEN_ASSIGN(const bool more, all.row());
    if (!more) break;
    auto session = std::make_unique<Session>();
    const std::string_view client = all.blob(0);
    if (client.size() != session->client.bytes.size())
      return Error(Errc::kCorrupt, "session table");
    std::memcpy(session->client.bytes.data(), client.data(), client.size());
    session->name = all.blob(1);
    session->role = static_cast<wire::PeerRole>(all.int64(2));
    session->made_by = static_cast<uint64_t>(all.int64(3));
    session->recovered = false;
    table->sessions_.emplace(session->client, std::move(session));
  }
  return table;
}

Session* SessionTable::find(const Uuid& client) {
  const auto found = sessions_.find(client);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Result<Session*> SessionTable::add(const Uuid& client, std::string name, wire::PeerRole role,
                                   uint64_t made_by) {
  SHEEN_ASSERT(!sessions_.contains(client));
  if (durable(role)) SHEEN_TRY(insert_.bind(client, std::string_view(name), role, made_by).run());
  auto session = std::make_unique<Session>();
  session->client = client;
  session->name = std::move(name);
  session->role = role;
  session->made_by = made_by;
  Session* raw = session.get();
  sessions_.emplace(client, std::move(session));
  return raw;
}

Status SessionTable::remove(const Uuid& client) {
  const auto found = sessions_.find(client);
  SHEEN_ASSERT(found != sessions_.end());
  if (durable(found->second->role)) SHEEN_TRY(delete_.bind(client).run());
  sessions_.erase(found);
  return ok();
}

void SessionTable::for_each(const std::function<void(Session&)>& visit) {
  for (auto& [client, session] : sessions_) visit(*session);
}

}  // namespace sheen::target
