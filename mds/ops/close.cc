// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.close.before_forget (the report is taken, the handle still open).
#include "lib/base/fault.h"
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

Result<wire::CloseReplyT> close(Mdt& mdt, const OpContext& ctx, const wire::CloseRequest& req) {
  const Uuid& client = ctx.session.client;
  const OpenFile* file = mdt.opens().find(client, req.handle());
  wire::CloseReplyT reply;
  SHEEN_ASSIGN(std::optional<Inode> inode, mdt.store().inodes.find(Fid{req.fid()}));
  if (inode) {
    const bool writer = file != nullptr && file->fid == inode->fid && opens_for_write(file->flags);
    const bool taken = take_report(mdt, *inode, req.report(), writer);
    // Another handle of the same client will bring the report.
    const bool unreported = writer && !taken && mdt.opens().writers_of(client, inode->fid) == 1;
    if (unreported) note_unreported_end(*inode);
    if (taken || unreported) SHEEN_TRY(mdt.store().inodes.update(*inode));
    reply.attr = attr_of(*inode);
  }
  if (auto fault = SHEEN_FAULT("mds.close.before_forget")) return fault->error();
  // An unknown handle is fine: it was lost in an eviction, or closed before.
  if (file != nullptr && file->fid.value == req.fid()) {
    mdt.opens().remove(client, req.handle());
    if (inode && inode->nlink == 0) mdt.reap_later(inode->fid);
  }
  return reply;
}

// The client did not know that its Close had been done, and has restated the handle.
void reconstruct_close(Mdt& mdt, const OpContext& ctx, const wire::CloseRequest& req,
                       const wire::CloseReply&) {
  const OpenFile* file = mdt.opens().find(ctx.session.client, req.handle());
  if (file == nullptr || file->fid.value != req.fid()) return;
  mdt.opens().remove(ctx.session.client, req.handle());
  mdt.reap_later(Fid{req.fid()});
}

}  // namespace sheen::mds::ops
