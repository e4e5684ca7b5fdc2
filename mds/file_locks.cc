// SPDX-License-Identifier: Apache-2.0
#include "mds/file_locks.h"

#include <algorithm>
#include <utility>

namespace sheen::mds {
namespace {

Result<locks::LockRequest> to_request(const Uuid& client, uint64_t fid,
                                      const wire::LockRange* range) {
  if (range == nullptr) return Error(Errc::kInvalid, "a lock request without a lock");
  if (range->type() > static_cast<uint8_t>(locks::LockType::kUnlock))
    return Error(Errc::kInvalid, "a lock is for reading, for writing, or an unlock");
  locks::LockRequest out;
  out.file = Fid{fid};
  out.kind = range->flock() ? locks::LockKind::kFlock : locks::LockKind::kPosix;
  out.owner = {client, range->owner()};
  out.type = static_cast<locks::LockType>(range->type());
  out.start = range->start();
  out.end = range->end();
  out.pid = range->pid();
  return out;
}

template <class Request>
Result<locks::LockRequest> decode_lock(const target::Call& call) {
  SHEEN_ASSIGN(const Request* request, wire::decode<Request>(call.request().body));
  return to_request(call.client(), request->fid(), request->lock());
}

target::ReplyBody set_reply() { return {wire::encode(wire::SetLockReplyT{}), {}}; }

}  // namespace

FileLocks::FileLocks(target::Environment& env, locks::LockLimits limits)
    : env_(env), limits_(limits), table_(limits) {}

void FileLocks::get(target::CallPtr call) {
  if (env_.recovering()) return park_for_recovery(std::move(call));
  get_now(std::move(call));
}

void FileLocks::set(target::CallPtr call) {
  if (env_.recovering()) {
    const auto request = decode_lock<wire::SetLockRequest>(*call);
    if (request && request->type != locks::LockType::kUnlock)
      return park_for_recovery(std::move(call));
  }
  set_now(std::move(call));
}

bool FileLocks::cancel(target::Session& session, uint64_t xid) {
  const auto parked = std::ranges::find_if(recovery_, [&](const target::CallPtr& call) {
    return call->client() == session.client && call->header().xid == xid;
  });
  if (parked != recovery_.end()) {
    const target::CallPtr call = std::move(*parked);
    recovery_.erase(parked);
    give_up_converted(*call);
    call->answer(Errc::kInterrupted);
    return true;
  }
  if (!table_.cancel(session.client, xid)) return false;
  answer_completed();
  return true;
}

void FileLocks::release_owner(const Uuid& client, Fid fid, uint64_t owner, bool flock) {
  table_.release_owner(fid, flock ? locks::LockKind::kFlock : locks::LockKind::kPosix,
                       {client, owner});
  answer_completed();
}

std::vector<wire::HeldLockT> FileLocks::restate(
    const Uuid& client, const flatbuffers::Vector<flatbuffers::Offset<wire::HeldLock>>* locks) {
  std::vector<wire::HeldLockT> lost;
  if (locks == nullptr) return lost;
  for (const wire::HeldLock* held : *locks) {
    const auto request = to_request(client, held->fid(), held->lock());
    const bool kept =
        request && request->type != locks::LockType::kUnlock && table_.restate(*request);
    if (kept) continue;
    held->UnPackTo(&lost.emplace_back());
  }
  answer_completed();
  return lost;
}

void FileLocks::on_session_close(const target::Session& session) {
  const Uuid& client = session.client;
  for (target::CallPtr& call : std::exchange(recovery_, {})) {
    if (call->client() == client)
      call->answer(Errc::kEvicted);
    else
      recovery_.push_back(std::move(call));
  }
  table_.release_client(client);
  answer_completed();
}

void FileLocks::on_recovery_finished() {
  for (target::CallPtr& call : std::exchange(recovery_, {})) {
    if (call->header().opcode == wire::Opcode::kGetLock)
      get_now(std::move(call));
    else
      set_now(std::move(call));
  }
}

uint32_t FileLocks::held_count(const Uuid& client) const {
  return static_cast<uint32_t>(table_.held_count(client));
}

void FileLocks::park_for_recovery(target::CallPtr call) {
  // The lane bounds what one client has in hand.
  if (recovery_.size() >= limits_.waiting) {
    give_up_converted(*call);
    return call->answer(Error(Errc::kNoLocks, "the limit of waiting lock requests is reached"));
  }
  recovery_.push_back(std::move(call));
}

void FileLocks::give_up_converted(const target::Call& call) {
  if (call.header().opcode != wire::Opcode::kSetLock) return;
  const auto request = decode_lock<wire::SetLockRequest>(call);
  if (!request || request->kind != locks::LockKind::kFlock) return;
  for (const locks::HeldLock& held : table_.held_on(request->file, request->kind)) {
    if (held.owner == request->owner && held.type != request->type)
      release_owner(held.owner.client, request->file, held.owner.owner, true);
  }
}

void FileLocks::set_now(target::CallPtr call) {
  const CallName name{call->client(), call->header().xid};
  const auto request = decode_lock<wire::SetLockRequest>(*call);
  if (!request) return call->answer(request.error());
  const bool wait = (*wire::decode<wire::SetLockRequest>(call->request().body))->wait();
  const auto outcome = table_.set(*request, wait, name.second);
  if (!outcome)
    call->answer(outcome.error());
  else if (*outcome == locks::LockOutcome::kGranted)
    call->answer(set_reply());
  else
    SHEEN_ASSERT(waiting_.emplace(name, std::move(call)).second);
  answer_completed();
}

void FileLocks::get_now(target::CallPtr call) {
  const auto request = decode_lock<wire::GetLockRequest>(*call);
  if (!request) return call->answer(request.error());
  if (request->type == locks::LockType::kUnlock)
    return call->answer(Error(Errc::kInvalid, "F_GETLK asks about a read or a write lock"));
  wire::GetLockReplyT reply;
  reply.lock = std::make_unique<wire::LockRangeT>();
  reply.lock->flock = request->kind == locks::LockKind::kFlock;
  reply.lock->type = static_cast<uint8_t>(locks::LockType::kUnlock);
  if (const auto found = table_.test(*request)) {
    reply.lock->type = static_cast<uint8_t>(found->type);
    reply.lock->start = found->start;
    reply.lock->end = found->end;
    reply.lock->owner = found->owner.owner;
    reply.lock->pid = found->pid;
  }
  call->answer(target::ReplyBody{wire::encode(reply), {}});
}

void FileLocks::answer_completed() {
  for (locks::CompletedLock& done : table_.take_completed()) {
    const auto found = waiting_.find({done.client, done.xid});
    // The table can grant a request only after set_now() has put its call here.
    SHEEN_ASSERT(found != waiting_.end());
    const target::CallPtr call = std::move(found->second);
    waiting_.erase(found);
    if (done.status)
      call->answer(set_reply());
    else
      call->answer(done.status.error());
  }
}

}  // namespace sheen::mds
