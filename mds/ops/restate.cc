// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

// May be repeated; changes memory only.
Result<wire::RestateReplyT> restate(Mdt& mdt, const OpContext& ctx,
                                    const wire::RestateRequest& req) {
  const Uuid& client = ctx.session.client;
  wire::RestateReplyT reply;
  if (const auto* opens = req.opens()) {
    for (const wire::OpenHandle* open : *opens) {
      const Fid fid{open->fid()};
      SHEEN_ASSIGN(const std::optional<Inode> inode, mdt.store().inodes.find(fid));
      if (inode && open->handle() != 0) {
        mdt.opens().add(client, open->handle(), {fid, open->flags()});
      } else {
        reply.lost_handles.push_back(open->handle());
      }
    }
  }
  for (wire::HeldLockT& lost : mdt.file_locks().restate(client, req.locks()))
    reply.lost_locks.push_back(std::make_unique<wire::HeldLockT>(std::move(lost)));
  return reply;
}

}  // namespace sheen::mds::ops
