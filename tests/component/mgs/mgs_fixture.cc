// SPDX-License-Identifier: Apache-2.0
// The Environment that the MGS's component tests run in; see mgs_fixture.h.
#include "tests/component/mgs/mgs_fixture.h"

#include <cstdlib>
#include <filesystem>

#include "lib/base/assert.h"

namespace sheen::mgs {

Uuid numbered_uuid(uint64_t number) {
  SeededRandom random(number);
  return Uuid::generate(random);
}

MgsFixture::MgsFixture() {
  config_.label = {"demo", TargetKind::kMgt, 0};
  config_.uuid = numbered_uuid(0);
  open();
}

MgsFixture::~MgsFixture() {
  role_.reset();
  sessions_.reset();
  database_.reset();
}

void MgsFixture::open() {
  auto database = store::Database::open(disk_, {directory_.path() + "/store.db", true, 1024});
  SHEEN_ASSERT(database.has_value());
  database_ = std::move(*database);
  auto sessions = target::SessionTable::open(*database_);
  SHEEN_ASSERT(sessions.has_value());
  sessions_ = std::move(*sessions);
  auto role = open_mgs(*this);
  SHEEN_ASSERT(role.has_value());
  role_ = std::move(*role);
}

void MgsFixture::restart() {
  role_.reset();
  sessions_.reset();
  database_.reset();
  notices_.clear();
  open();
}

target::Session& MgsFixture::session(uint64_t client, wire::PeerRole role) {
  const Uuid uuid = numbered_uuid(client);
  target::Session* found = sessions_->find(uuid);
  if (found == nullptr) {
    auto added = sessions_->add(uuid, "client", role, 1);
    SHEEN_ASSERT(added.has_value());
    found = *added;
  }
  found->control_peer = "peer";
  return *found;
}

void MgsFixture::close_session(uint64_t client) {
  SHEEN_ASSERT(role_->on_session_close(session(client), target::CloseReason::kDisconnected));
  SHEEN_ASSERT(sessions_->remove(numbered_uuid(client)));
}

Result<Buffer> MgsFixture::run_encoded(target::Session& session, wire::Opcode opcode, Buffer body) {
  for (const target::Operation& op : role_->operations()) {
    if (op.opcode != opcode) continue;
    wire::Message message;
    message.header.opcode = opcode;
    message.body = std::move(body);
    const target::OpContext context{session, 1, clock_.now, Transno::make(1, 1)};
    SHEEN_TRY(database_->begin());
    SHEEN_TRY(database_->savepoint());
    auto reply = op.run(role_->self(), context, message);
    SHEEN_TRY(reply ? database_->release() : database_->rollback_to_savepoint());
    SHEEN_TRY(database_->commit());
    SHEEN_TRY(role_->step(clock_.now));
    if (!reply) return std::move(reply).error();
    return reply->body;
  }
  return Error(Errc::kBadRequest, "opcode");
}

net::Transport& MgsFixture::transport() {
  SHEEN_ASSERT(!"the MGS is nobody's client");
  std::abort();
}

void MgsFixture::send_notice(target::Session& session, wire::Opcode opcode, Buffer body) {
  SHEEN_ASSERT(!database_->in_transaction());
  if (opcode == wire::Opcode::kNodeDownNotice) {
    const auto down = wire::decode<wire::NodeDownNotice>(body);
    SHEEN_ASSERT(down.has_value());
    notices_.push_back({session.client, {}, std::string(wire::text((*down)->host_name()))});
    return;
  }
  SHEEN_ASSERT(opcode == wire::Opcode::kConfigChangedNotice);
  const auto notice = wire::decode<wire::ConfigChangedNotice>(body);
  SHEEN_ASSERT(notice.has_value() && (*notice)->config() != nullptr);
  Notice row;
  row.client = session.client;
  (*notice)->config()->UnPackTo(&row.config);
  notices_.push_back(std::move(row));
}

}  // namespace sheen::mgs
