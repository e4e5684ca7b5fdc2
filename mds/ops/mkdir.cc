// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/new_inode.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::EntryReplyT> mkdir(Mdt& mdt, const OpContext& ctx, const wire::MkdirRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  if (place.entry) return Errc::kExists;
  NewInode wanted;
  // mkdir(2) cannot ask for setuid or setgid; the latter comes from the parent.
  wanted.mode = S_IFDIR | (req.mode() & 01777);
  SHEEN_ASSIGN(const Inode inode, make_inode(mdt, asker, place, wire::bytes(req.name()),
                                             std::move(wanted), time_of(req.now(), ctx)));
  wire::EntryReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
