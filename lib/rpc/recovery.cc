// SPDX-License-Identifier: Apache-2.0
// Import: bringing a session back after a reconnect.
#include <algorithm>

#include <fmt/format.h>

#include "lib/base/log.h"
#include "lib/rpc/import_impl.h"

namespace sheen::rpc {
namespace {
// Foreign numbers must not decide how much memory is taken.
constexpr uint32_t kSlotsMax = 4096;
}  // namespace

void Import::Impl::session_resumed(const wire::ConnectReply& reply) {
  const bool evicted = session_ != 0 && reply.new_session();
  const bool restarted = session_ != 0 && reply.epoch() != epoch_;
  session_ = reply.session();
  epoch_ = reply.epoch();
  const uint64_t connection = connection_;
  if (evicted) {
    session_evicted();
    // A callback may have closed the import.
    if (connection != connection_ || state_ != ImportState::kEvicted) return;
  }
  slots_.reset(std::clamp<uint32_t>(reply.slots(), 1, kSlotsMax), requests_);
  const bool returns = !reply.new_session();
  const bool recover = reply.recovering() || (returns && (restarted || must_recover_));
  // Otherwise this life has heard it, and has changed it since.
  const bool restate = returns && (restarted || reply.recovering());
  must_recover_ = recover;
  state_ = recover ? ImportState::kRecovering : ImportState::kFull;
  if (observer_ != nullptr) {
    observer_->on_connected(owner_, reply);
    if (connection != connection_ || !has_session_link()) return;
  }
  if (recover) return start_recovery(restate);
  resume_requests();
}

void Import::Impl::start_recovery(bool restate) {
  for (auto& [xid, request] : requests_) {
    // A lock request may wait for other clients, and no lock is granted before all have recovered.
    const bool may_wait = request.request.opcode == wire::Opcode::kSetLock;
    if (request.purpose != Purpose::kCaller || request.request.kind != RequestKind::kChange ||
        !request.sent || may_wait)
      continue;
    request.holds_recovery = true;
    ++holding_recovery_;
  }
  if (observer_ == nullptr || !restate) return on_restated(connection_);
  const std::weak_ptr<bool> alive = alive_;
  observer_->on_restate(owner_, [this, alive, connection = connection_] {
    if (!alive.expired()) on_restated(connection);
  });
}

void Import::Impl::on_restated(uint64_t connection) {
  // The connection for which it was restated may be gone.
  if (connection != connection_ || state_ != ImportState::kRecovering || resumed_) return;
  resume_requests();
  say_recovered_if_done();
}

void Import::Impl::say_recovered_if_done() {
  if (state_ != ImportState::kRecovering || !resumed_ || holding_recovery_ != 0 || recovered_sent_)
    return;
  recovered_sent_ = true;
  add_internal(Purpose::kRecovered, wire::Opcode::kRecovered,
               wire::encode(wire::RecoveredRequestT{}), false);
}

void Import::Impl::on_recovered(const wire::Message& message) {
  if (message.header.status != Errc::kOk)
    return lose(Error(message.header.status, "recovered"), options_.retry_interval_ns);
  must_recover_ = false;
  state_ = ImportState::kFull;
  for (auto& [xid, request] : requests_)
    if (request.purpose == Purpose::kCaller && request.request.of_session && !request.sent &&
        !request.queued)
      admit(request);
}

void Import::Impl::session_evicted() {
  SHEEN_WARN("{}: evicted by the server: open files and locks there are lost", name());
  state_ = ImportState::kEvicted;
  must_recover_ = false;
  std::vector<uint64_t> lost;
  for (auto& [xid, request] : requests_) {
    request.slot = wire::kNoSlot;
    // What was not sent yet is a request to the new session like any other.
    const bool change_sent = request.request.kind == RequestKind::kChange && request.sent;
    if (change_sent || request.request.of_session) lost.push_back(xid);
  }
  fail_all(std::move(lost), Error(Errc::kEvicted, name()));
  if (observer_ != nullptr && state_ == ImportState::kEvicted) observer_->on_evicted(owner_);
}

void Import::Impl::resume_requests() {
  resumed_ = true;
  slot_queue_.clear();
  for (const bool sent : {true, false})
    for (auto& [xid, request] : requests_)
      if (request.purpose == Purpose::kCaller && request.sent == sent && !request.queued &&
          (sent || admits(request.request)))
        admit(request);
}

}  // namespace sheen::rpc
