// SPDX-License-Identifier: Apache-2.0
// fallocate: each object does its part of the range. Without FALLOC_FL_KEEP_SIZE the object with
// the last byte becomes long enough for it, and that is what makes the file so long.
#include <fcntl.h>
#include <linux/falloc.h>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

Status check_mode(int mode) {
  switch (mode) {
    case 0:
    case FALLOC_FL_KEEP_SIZE:
    case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE:
    case FALLOC_FL_ZERO_RANGE:
    case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE: return ok();
    // Collapsing and inserting would move bytes between objects.
    default: return Errc::kNotSupported;
  }
}

}  // namespace

void Client::fallocate(Handle handle, int mode, uint64_t offset, uint64_t length, bool kill_setid,
                       Done<void> done) {
  auto open = core_->file(handle);
  if (!open) return done(std::move(open).error());
  if (auto status = check_mode(mode); !status) return done(std::move(status).error());
  if (length == 0) return done(Errc::kInvalid);
  if (offset > kFileSizeMax || length > kFileSizeMax - offset) return done(Errc::kFileTooBig);

  core_->kill_priv(*open, kill_setid,
                   [core = core_.get(), file = *open, mode, offset, length,
                    done = as_change((*open)->inode, std::move(done))](Status status) mutable {
                     if (status) status = Core::check_alive(*file);
                     if (!status) return done(std::move(status).error());
                     const OpenInode& inode = *file->inode;
                     const std::vector<ObjectRange> ranges =
                         object_ranges(inode.striping(), offset, length);
                     if (ranges.empty()) return done(Error(Errc::kIo, "the file has no layout"));
                     fan_out<ObjectState>(
                         ranges.size(),
                         [&](size_t i, Done<ObjectState> part) {
                           wire::AllocateRequestT request;
                           request.offset = ranges[i].offset;
                           request.length = ranges[i].length;
                           request.mode = static_cast<uint32_t>(mode);
                           core->ask_object<wire::AllocateRequest>(
                               inode.fid(), inode.striping(), ranges[i].index, std::move(request),
                               std::move(part));
                         },
                         [done = std::move(done)](Result<Core::States> states) mutable {
                           if (!states) return done(std::move(states).error());
                           done(ok());
                         });
                   });
}

}  // namespace sheen::client
