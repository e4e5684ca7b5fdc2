// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

Result<wire::KillPrivReplyT> kill_priv(Mdt& mdt, const OpContext& ctx,
                                       const wire::KillPrivRequest& req) {
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  if (!inode.is_regular()) return Errc::kInvalid;
  SHEEN_ASSIGN(const bool removed, remove_capability(mdt, inode));
  const bool cleared = !req.keep_setid() && clear_setid(inode);
  if (cleared || removed) {
    inode.ctime = time_of(req.now(), ctx);
    SHEEN_TRY(mdt.store().inodes.update(inode));
  }
  wire::KillPrivReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
