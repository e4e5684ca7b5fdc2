// SPDX-License-Identifier: Apache-2.0
// ObjectSync: everything done to the object so far is durable, its removal included. It shares the
// object with readers; a change that comes later waits for it.
#include "lib/base/fault.h"
#include "oss/ops/ops.h"

namespace sheen::oss::ops {

Result<wire::ObjectSyncReplyT> object_sync(ObjectIo& io, const wire::ObjectSyncRequest&) {
  if (auto fault = SHEEN_FAULT("oss.sync.before")) return fault->error();
  SHEEN_TRY(io.store.sync(io.object));
  if (auto fault = SHEEN_FAULT("oss.sync.after")) return fault->error();
  io.counters.syncs.add(1);
  return wire::ObjectSyncReplyT{};
}

}  // namespace sheen::oss::ops
