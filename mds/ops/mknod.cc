// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/new_inode.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::EntryReplyT> mknod(Mdt& mdt, const OpContext& ctx, const wire::MknodRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  if (place.entry) return Errc::kExists;
  NewInode wanted;
  wanted.mode = req.mode() & (S_IFMT | 07777);
  switch (wanted.mode & S_IFMT) {
    case 0: wanted.mode |= S_IFREG; break;
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK: break;
    case S_IFCHR:
    case S_IFBLK: {
      // An overlay's whiteout (character device 0:0) can do no harm.
      const bool whiteout = S_ISCHR(wanted.mode) && req.rdev() == 0;
      SHEEN_TRY(check_access(mdt, asker, place.directory, kMayWrite | kMayExecute));
      if (!asker.privileged() && !whiteout) return Errc::kPermission;
      wanted.rdev = req.rdev();
      break;
    }
    case S_IFDIR: return Errc::kPermission;
    default: return Errc::kInvalid;
  }
  SHEEN_ASSIGN(const Inode inode, make_inode(mdt, asker, place, wire::bytes(req.name()),
                                             std::move(wanted), time_of(req.now(), ctx)));
  wire::EntryReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
