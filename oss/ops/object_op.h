// SPDX-License-Identifier: Apache-2.0
#pragma once

// The frame around every operation on one object. The operation itself is a free function in a file
// of its own, which runs on a thread of the I/O pool, alone on its object or together with readers:
//
//   // oss/ops/truncate.cc
//   Result<wire::TruncateReplyT> truncate(ObjectIo& io, const wire::TruncateRequest& request);
//
// read_op and change_op make its row of the table: decode and check on the lane, run in the pool,
// answer on the lane.

#include <algorithm>
#include <memory>
#include <type_traits>

#include "lib/base/limits.h"
#include "lib/target/operation.h"
#include "lib/wire/codec.h"
#include "oss/ost.h"

namespace sheen::oss {

// What an operation has in hand. Lives for one request, on the thread that runs it.
struct ObjectIo {
  ObjectStore& store;
  BufferPool& buffers;
  Counters& counters;
  ObjectId object;
  Buffer request_bulk;
  Buffer reply_bulk;
};

std::unique_ptr<wire::ObjectAttrT> to_attr(const ObjectState& state);

namespace detail {

// The object that a request names; kBadRequest if it names none.
Result<ObjectId> object_of(const wire::ObjectKey* key);

template <auto Function>
struct ObjectOp;

template <class Request, class ReplyNative,
          Result<ReplyNative> (*Function)(ObjectIo&, const Request&)>
struct ObjectOp<Function> {
  static_assert(std::is_same_v<ReplyNative, typename wire::RequestTraits<Request>::ReplyNative>,
                "the reply type does not belong to the request type");

  template <Access kAccess>
  static void start(void* role, target::Session&, target::CallPtr call) {
    Ost& ost = *static_cast<Ost*>(role);
    const auto request = wire::decode<Request>(call->request().body);
    if (!request) return call->answer(request.error());
    const auto object = object_of((*request)->object());
    if (!object) return call->answer(object.error());
    const size_t bytes = payload_bytes(**request, *call);
    if (!ost.take_in_hand(bytes))
      return call->answer(Error(Errc::kAgain, "the OST has too many requests in hand"));
    ost.pool().submit(*object, kAccess,
                      [&ost, object = *object, table = *request, bytes,
                       call = std::move(call)]() mutable -> IoPool::Completion {
                        auto reply = run(ost, object, *table, *call);
                        return [&ost, bytes, call = std::move(call),
                                reply = std::move(reply)]() mutable {
                          ost.give_back(bytes);
                          call->answer(std::move(reply));
                        };
                      });
  }

  static Result<target::ReplyBody> run(Ost& ost, const ObjectId& object, const Request& table,
                                       target::Call& call) {
    ObjectIo io{ost.store(), ost.buffers(), ost.counted(), object, call.take_bulk(), {}};
    SHEEN_ASSIGN(const ReplyNative reply, Function(io, table));
    return target::ReplyBody{wire::encode(reply), std::move(io.reply_bulk)};
  }

  static size_t payload_bytes(const Request& table, const target::Call& call) {
    if constexpr (std::is_same_v<Request, wire::ReadRequest>)
      return std::min(table.length(), kBulkMax);
    return call.request().bulk.size();
  }

  static constexpr wire::Opcode kOpcode = wire::RequestTraits<Request>::kOpcode;
};

}  // namespace detail

template <auto Function>
constexpr target::Operation read_op() {
  using Op = detail::ObjectOp<Function>;
  return target::deferred_op(Op::kOpcode, &Op::template start<Access::kShared>);
}
template <auto Function>
constexpr target::Operation change_op() {
  using Op = detail::ObjectOp<Function>;
  return target::deferred_change_op(Op::kOpcode, &Op::template start<Access::kExclusive>);
}

}  // namespace sheen::oss
