// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.link.before_inode (the entry is there, the count is not raised).
#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/directory.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::EntryReplyT> link(Mdt& mdt, const OpContext& ctx, const wire::LinkRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  const std::string_view name = wire::bytes(req.name());
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, name));
  if (place.entry) return Errc::kExists;
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  SHEEN_TRY(check_access(mdt, asker, place.directory, kMayWrite | kMayExecute));
  if (inode.is_directory()) return Errc::kPermission;
  if (inode.nlink == 0) return Errc::kNotFound;
  if (inode.nlink >= kLinkMax) return Errc::kTooManyLinks;
  SHEEN_TRY(mdt.check_space());

  const RealtimeNs now = time_of(req.now(), ctx);
  SHEEN_TRY(
      mdt.store().entries.insert(place.directory.fid, name, inode.fid, entry_type(inode.mode)));
  if (auto fault = SHEEN_FAULT("mds.link.before_inode")) return fault->error();
  ++inode.nlink;
  inode.ctime = now;
  SHEEN_TRY(mdt.store().inodes.update(inode));
  SHEEN_TRY(update_directory(mdt, place.directory, now));
  wire::EntryReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
