// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations on fcntl and flock locks, for the MDT's operation table:
//
//   deferred_op(wire::Opcode::kGetLock, &ops::get_lock)   parks while the target recovers
//   deferred_once_op(wire::Opcode::kSetLock, &ops::set_lock)   parks while it has to wait
//   read_op<&ops::cancel_lock>(), read_op<&ops::release_locks>()
//
// All may be repeated, so none needs a slot. A waiting SetLock must not take one: the client could
// not say Recovered while it waits.

#include "lib/target/operation.h"
#include "lib/wire/codec.h"

namespace sheen::mds {

class Mdt;

namespace ops {

void get_lock(void* mdt, target::Session& session, target::CallPtr call);
void set_lock(void* mdt, target::Session& session, target::CallPtr call);
Result<wire::CancelLockReplyT> cancel_lock(Mdt& mdt, const target::OpContext& ctx,
                                           const wire::CancelLockRequest& req);
Result<wire::ReleaseLocksReplyT> release_locks(Mdt& mdt, const target::OpContext& ctx,
                                               const wire::ReleaseLocksRequest& req);

}  // namespace ops
}  // namespace sheen::mds
