// SPDX-License-Identifier: Apache-2.0
// fsync, and flush, which has nothing to write back because nothing is kept back.
#include "lib/client/core.h"

namespace sheen::client {
namespace {

void sync_object(Core& core, const OpenInode& inode, size_t index, Done<Nothing> part) {
  const ObjectRef object = object_at(inode.striping(), index);
  wire::ObjectSyncRequestT request;
  request.object = Core::object_key(inode.fid(), object);
  core.ask_ost<wire::ObjectSyncRequest>(
      object.ost, request,
      [part = std::move(part)](Result<rpc::ReplyFor<wire::ObjectSyncRequest>> reply) mutable {
        if (!reply) return part(std::move(reply).error());
        part(Nothing{});
      });
}

// Objects that this client has not made, in a file that it has: they exist only if somebody else
// has had the file open for writing since. To ask the MDT is cheaper than that each OST should sync
// what is not there.
void sync_others_objects(Core& core, std::shared_ptr<OpenInode> inode, std::vector<size_t> objects,
                         Done<Nothing> part) {
  wire::GetAttrRequestT request;
  request.fid = inode->fid().value;
  core.ask_mdt<wire::GetAttrRequest>(
      inode->fid(), request,
      [&core, inode, objects = std::move(objects),
       part = std::move(part)](Result<rpc::ReplyFor<wire::GetAttrRequest>> reply) mutable {
        if (!reply) return part(std::move(reply).error());
        inode->observed(core.note((*reply)->attr()).size_version);
        std::erase_if(objects, [&](size_t index) { return inode->never_existed(index); });
        fan_out<Nothing>(
            objects.size(),
            [&](size_t i, Done<Nothing> one) {
              sync_object(core, *inode, objects[i], std::move(one));
            },
            [part = std::move(part)](Result<std::vector<Nothing>> all) mutable {
              if (!all) return part(std::move(all).error());
              part(Nothing{});
            });
      });
}

void sync_name(Core& core, Fid fid, Done<Nothing> part) {
  core.sync_mdt(fid, false, [part = std::move(part)](Status status) mutable {
    if (!status) return part(std::move(status).error());
    part(Nothing{});
  });
}

}  // namespace

void Client::fsync(Handle handle, bool /*data_only: size and data are one here*/, Done<void> done) {
  auto file = core_->file(handle);
  if (!file) return done(std::move(file).error());
  const auto inode = (*file)->inode;
  // Everybody's changes to the file count, so every object is asked that may ever have existed: its
  // removal must last, too. And the MDT, which may have the name only in memory.
  std::vector<size_t> objects;
  std::vector<size_t> unmade;
  for (size_t i = 0; i < object_count(inode->striping()); ++i)
    (inode->never_existed(i) ? unmade : objects).push_back(i);
  fan_out<Nothing>(
      objects.size() + (unmade.empty() ? 1 : 2),
      [&](size_t i, Done<Nothing> part) {
        if (i < objects.size()) return sync_object(*core_, *inode, objects[i], std::move(part));
        if (i == objects.size()) return sync_name(*core_, inode->fid(), std::move(part));
        sync_others_objects(*core_, inode, unmade, std::move(part));
      },
      [done = std::move(done)](Result<std::vector<Nothing>> all) mutable {
        if (!all) return done(std::move(all).error());
        done(ok());
      });
}

void Client::fsync_directory(Fid directory, Done<void> done) {
  core_->sync_mdt(directory, false, std::move(done));
}

void Client::flush(Handle handle, uint64_t owner, Done<void> done) {
  auto file = core_->file(handle);
  if (!file) return done(std::move(file).error());
  release_locks((*file)->inode->fid(), owner, false, std::move(done));
}

}  // namespace sheen::client
