// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which requests take a slot: those that must happen exactly once. Requests of open handles by
// number (Open, Close) could be repeated, but also change what is durable. Locks live in the MDT's
// memory and may wait for long, so they never take one.
// Pure functions; any thread.

#include "lib/rpc/import.h"
#include "lib/wire/codec.h"

namespace sheen::client {

constexpr rpc::RequestKind request_kind(wire::Opcode opcode) {
  switch (opcode) {
    case wire::Opcode::kSetAttr:
    case wire::Opcode::kCreate:
    case wire::Opcode::kMknod:
    case wire::Opcode::kMkdir:
    case wire::Opcode::kSymlink:
    case wire::Opcode::kLink:
    case wire::Opcode::kUnlink:
    case wire::Opcode::kRmdir:
    case wire::Opcode::kRename:
    case wire::Opcode::kOpen:
    case wire::Opcode::kClose:
    case wire::Opcode::kReportSize:
    case wire::Opcode::kSetXattr:
    case wire::Opcode::kRemoveXattr:
    case wire::Opcode::kKillPriv:
    case wire::Opcode::kSetLayout:
    case wire::Opcode::kWrite:
    case wire::Opcode::kTruncate:
    case wire::Opcode::kAllocate:
    case wire::Opcode::kSetTimes: return rpc::RequestKind::kChange;
    default: return rpc::RequestKind::kRead;
  }
}

// Changes of objects rely on the open handle or the lock under which they are made.
constexpr bool of_session(wire::Opcode opcode) {
  return opcode == wire::Opcode::kWrite || opcode == wire::Opcode::kTruncate ||
         opcode == wire::Opcode::kAllocate || opcode == wire::Opcode::kSetTimes;
}

template <class RequestTable>
rpc::Request make_request(const typename wire::RequestTraits<RequestTable>::Native& native,
                          Buffer bulk = {}) {
  rpc::Request request;
  request.opcode = wire::RequestTraits<RequestTable>::kOpcode;
  request.kind = request_kind(request.opcode);
  request.of_session = of_session(request.opcode);
  request.bulk_link =
      request.opcode == wire::Opcode::kRead || request.opcode == wire::Opcode::kWrite;
  request.body = wire::encode(native);
  request.bulk = std::move(bulk);
  return request;
}

}  // namespace sheen::client
