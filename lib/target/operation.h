// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operation table: what a role (MGS, MDS, OSS) answers, one row per opcode. The lane looks a
// request up here and runs it under the rules of its kind; the operation itself knows neither
// sockets nor threads nor clocks.
//
// An operation is a free function in a file of its own:
//
//   // mds/ops/unlink.cc
//   Result<wire::UnlinkReplyT> unlink(Mdt&, const OpContext&, const wire::UnlinkRequest&);
//
// Kinds:
//   kRead      answered from the current state; may run any number of times
//   kChange    runs at most once per (client, slot, xid): inside a savepoint together with its
//              reply row. An error rolls the savepoint back; the operation must touch the target's
//              memory only after everything that can fail
//   kDeferred  takes the Call with it and answers later (I/O pool, waiting lock). A copy of a
//              request in hand never reaches the operation; neither does one of an answered
//              request, if the row says once

#include <memory>
#include <span>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/function.h"
#include "lib/target/session.h"
#include "lib/wire/codec.h"
#include "lib/wire/message.h"

namespace sheen::target {

enum class OpKind { kRead, kChange, kDeferred };

struct OpContext {
  Session& session;  // of the asking client
  uint64_t xid = 0;
  RealtimeNs now = 0;  // the server's time, one value per batch
  Transno transno;     // kChange: the number that this change will have
};

// A request in the hand of a deferred operation. Owned by whoever will answer it; must be answered
// exactly once, on the lane's thread. After the session's end nobody hears the answer.
class Call {
 public:
  Call(wire::Message request, std::string peer, bool bulk_listener, RealtimeNs now)
      : request_(std::move(request)),
        peer_(std::move(peer)),
        bulk_listener_(bulk_listener),
        now_(now) {}
  const wire::Header& header() const { return request_.header; }
  const wire::Message& request() const { return request_; }
  Buffer take_bulk() { return std::move(request_.bulk); }
  const Uuid& client() const { return request_.header.client; }
  RealtimeNs now() const { return now_; }
  const std::string& peer() const { return peer_; }
  bool bulk_listener() const { return bulk_listener_; }

  // Set by the lane before the operation starts.
  UniqueFunction<void(Call&, Result<ReplyBody>)> on_answer;
  void answer(Result<ReplyBody> reply) { on_answer(*this, std::move(reply)); }

 private:
  wire::Message request_;
  std::string peer_;
  bool bulk_listener_;
  RealtimeNs now_;
};
using CallPtr = std::unique_ptr<Call>;

struct Operation {
  wire::Opcode opcode{};
  OpKind kind = OpKind::kRead;
  // kDeferred only: a change, exactly once as one of kChange: its reply row is written when it is
  // answered. What it does besides must be repeatable, as the process can die before that.
  bool changes = false;
  // kDeferred only: has no slot, but must not run again in this life once it is answered.
  bool once = false;
  // kRead, kChange. `role` is the Mgs, Mdt or Ost.
  Result<ReplyBody> (*run)(void* role, const OpContext& ctx,
                           const wire::Message& request) = nullptr;
  // kDeferred.
  void (*start)(void* role, Session& session, CallPtr call) = nullptr;
  // kChange, optional: a stored reply from before a restart is about to be sent again; restore what
  // the change left in memory (an open handle).
  void (*reconstruct)(void* role, const OpContext& ctx, const wire::Message& request,
                      const Buffer& stored_reply) = nullptr;
};

namespace detail {
template <class Role, class Request, class ReplyNative, auto Function>
Result<ReplyBody> run_thunk(void* role, const OpContext& ctx, const wire::Message& message) {
  SHEEN_ASSIGN(const Request* request, wire::decode<Request>(message.body));
  Result<ReplyNative> reply = Function(*static_cast<Role*>(role), ctx, *request);
  if (!reply) return std::move(reply).error();
  return ReplyBody{wire::encode(*reply), {}};
}

template <auto Function>
struct OpTraits;
template <class Role, class Request, class ReplyNative,
          Result<ReplyNative> (*Function)(Role&, const OpContext&, const Request&)>
struct OpTraits<Function> {
  static constexpr Operation row(OpKind kind) {
    static_assert(std::is_same_v<ReplyNative, typename wire::RequestTraits<Request>::ReplyNative>,
                  "the reply type does not belong to the request type");
    return {wire::RequestTraits<Request>::kOpcode,
            kind,
            false,
            false,
            &run_thunk<Role, Request, ReplyNative, Function>,
            nullptr,
            nullptr};
  }
};
}  // namespace detail

// Rows of the table: read_op<&lookup>(), change_op<&unlink>().
template <auto Function>
constexpr Operation read_op() {
  return detail::OpTraits<Function>::row(OpKind::kRead);
}
template <auto Function>
constexpr Operation change_op() {
  return detail::OpTraits<Function>::row(OpKind::kChange);
}
using StartDeferred = void (*)(void* role, Session& session, CallPtr call);
constexpr Operation deferred_op(wire::Opcode opcode, StartDeferred start) {
  return {opcode, OpKind::kDeferred, false, false, nullptr, start, nullptr};
}
constexpr Operation deferred_once_op(wire::Opcode opcode, StartDeferred start) {
  return {opcode, OpKind::kDeferred, false, true, nullptr, start, nullptr};
}
constexpr Operation deferred_change_op(wire::Opcode opcode, StartDeferred start) {
  return {opcode, OpKind::kDeferred, true, false, nullptr, start, nullptr};
}

// For static_assert over a table: no opcode twice.
constexpr bool opcodes_unique(std::span<const Operation> table) {
  for (size_t i = 0; i < table.size(); ++i)
    for (size_t j = i + 1; j < table.size(); ++j)
      if (table[i].opcode == table[j].opcode) return false;
  return true;
}

}  // namespace sheen::target
