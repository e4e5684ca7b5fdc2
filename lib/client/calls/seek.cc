// SPDX-License-Identifier: Apache-2.0
// SEEK_DATA and SEEK_HOLE: every object is asked from where the file's offset cuts it. The order of
// bytes in an object is their order in the file, so the lowest answer is the file's.
#include <algorithm>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct SeekCall : std::enable_shared_from_this<SeekCall> {
  SeekCall(Core& core_in, std::shared_ptr<OpenInode> inode_in, uint64_t offset_in, bool data_in,
           Done<uint64_t> done_in)
      : core(core_in),
        inode(std::move(inode_in)),
        offset(offset_in),
        data(data_in),
        done(std::move(done_in)) {}

  void start() {
    const std::vector<wire::Chunk> from = wire::object_sizes(inode->striping(), offset);
    fan_out<uint64_t>(
        from.size(),
        [&](size_t i, Done<uint64_t> part) { ask(i, from[i].length, std::move(part)); },
        [self = shared_from_this()](Result<std::vector<uint64_t>> found) {
          if (!found) return self->done(std::move(found).error());
          self->found = std::move(*found);
          self->core.glimpse(self->inode->fid(), self->inode->striping(),
                             [self](Result<Core::States> states) {
                               if (!states) return self->done(std::move(states).error());
                               self->finish(file_state(self->inode->striping(), *states).size);
                             });
        });
  }

  // The part's result is an offset in the file; UINT64_MAX: nothing found.
  void ask(size_t index, uint64_t from, Done<uint64_t> part) {
    const ObjectRef object = object_at(inode->striping(), index);
    wire::SeekRequestT request;
    request.object = Core::object_key(inode->fid(), object);
    request.offset = from;
    request.data = data;
    core.ask_ost<wire::SeekRequest>(
        object.ost, request,
        [self = shared_from_this(), object, from,
         part = std::move(part)](Result<rpc::ReplyFor<wire::SeekRequest>> reply) mutable {
          if (!reply) return part(std::move(reply).error());
          uint64_t at = (*reply)->offset();
          if (!(*reply)->found()) {
            if (self->data) return part(UINT64_MAX);
            at = from;  // behind the object's end, which is a hole as far as this object goes
          }
          part(self->in_file(object, std::clamp(at, from, kFileSizeMax)));
        });
  }

  uint64_t in_file(const ObjectRef& object, uint64_t at) const {
    const uint64_t in_file =
        wire::file_offset_of(inode->striping(), object.component, object.stripe, at);
    // Each byte of an object lies at or behind that place in the file: less means that the sum has
    // passed what a file can have.
    if (in_file < at || in_file > kFileSizeMax) return UINT64_MAX;
    return in_file < inode->striping().components[object.component].extent_end ? in_file
                                                                               : UINT64_MAX;
  }

  void finish(uint64_t size) {
    if (offset >= size) return done(Errc::kNoDevice);
    const uint64_t lowest = std::max(offset, *std::min_element(found.begin(), found.end()));
    if (!data) return done(std::min(lowest, size));  // the end is a hole, too
    if (lowest >= size) return done(Errc::kNoDevice);
    done(lowest);
  }

  Core& core;
  const std::shared_ptr<OpenInode> inode;
  const uint64_t offset;
  const bool data;
  Done<uint64_t> done;
  std::vector<uint64_t> found;
};

}  // namespace

void Client::seek(Handle handle, uint64_t offset, bool data, Done<uint64_t> done) {
  auto file = core_->file(handle);
  if (!file) return done(std::move(file).error());
  if (offset >= kFileSizeMax || (*file)->inode->striping().empty()) return done(Errc::kNoDevice);
  std::make_shared<SeekCall>(*core_, (*file)->inode, offset, data, std::move(done))->start();
}

}  // namespace sheen::client
