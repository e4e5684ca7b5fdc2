// SPDX-License-Identifier: Apache-2.0
#include "mds/file_locks.h"

#include <algorithm>
#include <iterator>

namespace sheen::mds {
namespace {

// A client whose cancelled calls stay unanswered for longer than this many is not one of ours.
constexpr size_t kCancelledMax = 4096;

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

void FileLocks::set(target::Session& session, target::CallPtr call) {
  const uint64_t xid = call->header().xid;
  if (was_cancelled(session.client, xid)) return call->answer(Errc::kInterrupted);
  if (env_.recovering()) {
    const auto request = decode_lock<wire::SetLockRequest>(*call);
    if (request && request->type != locks::LockType::kUnlock)
      return park_for_recovery(std::move(call));
  }
  set_now(std::move(call));
}

bool FileLocks::cancel(target::Session& session, uint64_t xid) {
  const auto parked = recovery_.find({session.client, xid});
  if (parked != recovery_.end()) {
    const target::CallPtr call = std::move(parked->second.call);
    recovery_.erase(parked);
    remember_cancelled(session, xid);
    give_up_converted(*call);
    call->answer(Errc::kInterrupted);
    return true;
  }
  if (!table_.cancel(session.client, xid)) return false;
  remember_cancelled(session, xid);
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
  auto it = recovery_.lower_bound({client, 0});
  while (it != recovery_.end() && it->first.first == client) {
    const target::CallPtr call = std::move(it->second.call);
    it = recovery_.erase(it);
    call->answer(Errc::kEvicted);
  }
  table_.release_client(client);
  answer_completed();
  cancelled_.erase(client);
}

void FileLocks::on_recovery_finished() {
  std::vector<Parked> calls;
  for (auto& [name, parked] : std::exchange(recovery_, {})) calls.push_back(std::move(parked));
  std::ranges::sort(calls, {}, &Parked::order);
  for (Parked& parked : calls) {
    if (parked.call->header().opcode == wire::Opcode::kGetLock)
      get_now(std::move(parked.call));
    else
      set_now(std::move(parked.call));
  }
}

uint32_t FileLocks::held_count(const Uuid& client) const {
  return static_cast<uint32_t>(table_.held_count(client));
}

void FileLocks::park_for_recovery(target::CallPtr call) {
  const CallName name{call->client(), call->header().xid};
  const auto known = recovery_.find(name);
  if (known != recovery_.end()) {
    known->second.call = std::move(call);
    return;
  }
  const auto first = recovery_.lower_bound({name.first, 0});
  const auto last = recovery_.upper_bound({name.first, UINT64_MAX});
  if (recovery_.size() >= limits_.waiting ||
      static_cast<size_t>(std::distance(first, last)) >= limits_.waiting_per_client) {
    give_up_converted(*call);
    return call->answer(Error(Errc::kNoLocks, "the limit of waiting lock requests is reached"));
  }
  recovery_.emplace(name, Parked{std::move(call), next_order_++});
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
  // A copy of a call that waits: the newer one is answered, on the newer connection.
  if (const auto known = waiting_.find(name); known != waiting_.end()) {
    known->second = std::move(call);
    return;
  }
  const auto request = decode_lock<wire::SetLockRequest>(*call);
  if (!request) return call->answer(request.error());
  const bool wait = (*wire::decode<wire::SetLockRequest>(call->request().body))->wait();
  const auto outcome = table_.set(*request, wait, name.second);
  if (!outcome)
    call->answer(outcome.error());
  else if (*outcome == locks::LockOutcome::kGranted)
    call->answer(set_reply());
  else
    waiting_.emplace(name, std::move(call));
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

void FileLocks::remember_cancelled(const target::Session& session, uint64_t xid) {
  std::set<uint64_t>& xids = cancelled_[session.client];
  xids.erase(xids.begin(), xids.lower_bound(session.xid_floor));
  if (xids.size() >= kCancelledMax) xids.erase(xids.begin());
  xids.insert(xid);
}

bool FileLocks::was_cancelled(const Uuid& client, uint64_t xid) const {
  const auto known = cancelled_.find(client);
  return known != cancelled_.end() && known->second.contains(xid);
}

}  // namespace sheen::mds
