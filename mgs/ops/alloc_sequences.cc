// SPDX-License-Identifier: Apache-2.0
// AllocSequences: fresh sequences for an MDT, never given to anybody before. Every MDT takes some
// at each start, so that FIDs of two lives can never collide. An MDT must not use them before they
// are durable here (Sync of the reply's transno): after a power cut the MGS would hand them out
// again.
#include <fmt/format.h>

#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {
namespace {

constexpr uint32_t kCountMax = 65536;

}  // namespace

Result<wire::AllocSequencesReplyT> alloc_sequences(Mgs& mgs, const OpContext&,
                                                   const wire::AllocSequencesRequest& request) {
  ConfigStore& store = mgs.store();
  SHEEN_ASSIGN(const TargetLabel label, TargetLabel::parse(wire::text(request.label())));
  if (label.kind != TargetKind::kMdt)
    return Error(Errc::kInvalid, fmt::format("{} is not an MDT", label.to_string()));
  if (request.count() == 0 || request.count() > kCountMax)
    return Error(Errc::kInvalid,
                 fmt::format("{} sequences asked for, 1 to {} can be", request.count(), kCountMax));
  SHEEN_ASSIGN(const TargetEntryPtr owner, store.targets().find(label));
  if (owner == nullptr)
    return Error(Errc::kNotConfigured, fmt::format("{} is not registered", label.to_string()));
  SHEEN_ASSIGN(FilesystemRow row, store.require(label.fsname));
  if (row.next_sequence + request.count() > UINT32_MAX)
    return Error(Errc::kNoSpace, fmt::format("sequences of {}", label.fsname));

  wire::AllocSequencesReplyT reply;
  reply.first = static_cast<uint32_t>(row.next_sequence);
  reply.count = request.count();
  row.next_sequence += request.count();
  SHEEN_TRY(store.filesystems().put(label.fsname, row));
  SHEEN_TRY(store.sequences().append(label.fsname, reply.first, reply.count, label.index));
  SHEEN_TRY(store.touch(label.fsname));
  mgs.mark_changed(label.fsname);
  return reply;
}

}  // namespace sheen::mgs::ops
