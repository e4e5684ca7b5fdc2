// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.create.done (the file is made, its handle not yet known).
#include <fcntl.h>

#include "lib/base/fault.h"
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/new_inode.h"
#include "mds/opening.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {
namespace {

Result<Inode> open_existing(Mdt& mdt, const Asker& asker, const Entry& entry, uint32_t flags,
                            RealtimeNs now) {
  if ((flags & O_EXCL) != 0) return Errc::kExists;
  SHEEN_ASSIGN(Inode inode, inode_of(mdt, entry));
  if (inode.is_directory()) return Errc::kIsDirectory;
  // The client's kernel would have followed a link or opened a device itself: it has not seen this
  // name yet and has to look it up again.
  if (!inode.is_regular()) return Errc::kStale;
  SHEEN_TRY(open_inode(mdt, asker, inode, flags, now));
  return inode;
}

Result<Inode> create_new(Mdt& mdt, const Asker& asker, Place& place, const wire::CreateRequest& req,
                         RealtimeNs now) {
  NewInode wanted;
  wanted.mode = S_IFREG | (req.mode() & 07777);
  SHEEN_ASSIGN(Inode inode,
               make_inode(mdt, asker, place, wire::bytes(req.name()), std::move(wanted), now));
  if (opens_for_write(req.flags())) {
    note_open_for_write(inode);
    SHEEN_TRY(mdt.store().inodes.update(inode));
  }
  return inode;
}

}  // namespace

Result<wire::CreateReplyT> create(Mdt& mdt, const OpContext& ctx, const wire::CreateRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  if (req.handle() == 0) return Error(Errc::kBadRequest, "create without a handle");
  const RealtimeNs now = time_of(req.now(), ctx);
  SHEEN_ASSIGN(Place place, find_place(mdt, asker, Fid{req.parent()}, wire::bytes(req.name())));
  const bool exists = place.entry.has_value();
  SHEEN_ASSIGN(const Inode inode, exists ? open_existing(mdt, asker, *place.entry, req.flags(), now)
                                         : create_new(mdt, asker, place, req, now));
  wire::CreateReplyT reply;
  reply.attr = attr_of(inode);
  SHEEN_ASSIGN(reply.layout, layout_of(inode));
  reply.handle = req.handle();
  reply.created = !exists;
  if (auto fault = SHEEN_FAULT("mds.create.done")) return fault->error();
  mdt.opens().add(ctx.session.client, req.handle(), {inode.fid, req.flags()});
  return reply;
}

void reconstruct_create(Mdt& mdt, const OpContext& ctx, const wire::CreateRequest& req,
                        const wire::CreateReply& stored) {
  if (stored.attr() == nullptr) return;
  mdt.opens().add(ctx.session.client, req.handle(), {Fid{stored.attr()->fid()}, req.flags()});
}

}  // namespace sheen::mds::ops
