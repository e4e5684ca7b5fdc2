// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations of an OST, one file each. All but destroy() run on the I/O pool's threads (see
// object_op.h); destroy() is called on the lane.

#include "lib/target/operation.h"
#include "oss/ops/object_op.h"

namespace sheen::oss::ops {

Result<wire::ReadReplyT> read(ObjectIo& io, const wire::ReadRequest& request);
Result<wire::WriteReplyT> write(ObjectIo& io, const wire::WriteRequest& request);
Result<wire::TruncateReplyT> truncate(ObjectIo& io, const wire::TruncateRequest& request);
Result<wire::AllocateReplyT> allocate(ObjectIo& io, const wire::AllocateRequest& request);
Result<wire::SeekReplyT> seek(ObjectIo& io, const wire::SeekRequest& request);
Result<wire::GlimpseReplyT> glimpse(ObjectIo& io, const wire::GlimpseRequest& request);
Result<wire::SetTimesReplyT> set_times(ObjectIo& io, const wire::SetTimesRequest& request);
Result<wire::ObjectSyncReplyT> object_sync(ObjectIo& io, const wire::ObjectSyncRequest& request);
void destroy(void* role, target::Session& session, target::CallPtr call);

}  // namespace sheen::oss::ops
