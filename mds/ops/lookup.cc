// SPDX-License-Identifier: Apache-2.0
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/directory.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {

Result<wire::LookupReplyT> lookup(Mdt& mdt, const OpContext&, const wire::LookupRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(const Place place,
               find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  if (!place.entry) return Errc::kNotFound;
  SHEEN_ASSIGN(const Inode inode, inode_of(mdt, *place.entry));
  wire::LookupReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
