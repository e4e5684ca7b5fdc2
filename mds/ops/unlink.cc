// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.unlink.before_inode (the entry is gone, the inode is not told).
#include "lib/base/fault.h"
#include "mds/attr.h"
#include "mds/directory.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::UnlinkReplyT> unlink(Mdt& mdt, const OpContext& ctx, const wire::UnlinkRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  if (!place.entry) return Errc::kNotFound;
  SHEEN_ASSIGN(Inode inode, inode_of(mdt, *place.entry));
  SHEEN_TRY(check_may_delete(mdt, asker, place.directory, inode));
  if (inode.is_directory()) return Errc::kIsDirectory;

  const RealtimeNs now = time_of(req.now(), ctx);
  SHEEN_TRY(mdt.store().entries.erase(place.directory.fid, *place.entry));
  if (auto fault = SHEEN_FAULT("mds.unlink.before_inode")) return fault->error();
  SHEEN_TRY(drop_link(mdt, inode, now));
  SHEEN_TRY(update_directory(mdt, place.directory, now));
  wire::UnlinkReplyT reply;
  reply.fid = inode.fid.value;
  reply.nlink = inode.nlink;
  return reply;
}

}  // namespace sheen::mds::ops
