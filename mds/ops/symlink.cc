// SPDX-License-Identifier: Apache-2.0
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/new_inode.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::EntryReplyT> symlink(Mdt& mdt, const OpContext& ctx, const wire::SymlinkRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  const std::string_view target = wire::bytes(req.target());
  if (target.empty()) return Errc::kNotFound;
  if (target.size() > kSymlinkMax) return Errc::kNameTooLong;
  if (target.find('\0') != target.npos) return Errc::kInvalid;
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  if (place.entry) return Errc::kExists;
  NewInode wanted;
  wanted.mode = S_IFLNK | 0777;
  wanted.target = target;
  SHEEN_ASSIGN(const Inode inode, make_inode(mdt, asker, place, wire::bytes(req.name()),
                                             std::move(wanted), time_of(req.now(), ctx)));
  wire::EntryReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
