// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>

#include "client-fuse/attr_out.h"
#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {
namespace {

// From the raw request: libfuse drops FATTR_KILL_SUIDGID.
client::SetAttr change_of(const uapi::SetattrIn& in) {
  client::SetAttr change;
  const auto take = [&](uint32_t fattr, uint32_t valid) {
    if ((in.valid & fattr) != 0) change.valid |= valid;
  };
  take(uapi::kFattrMode, wire::kSetMode);
  take(uapi::kFattrUid, wire::kSetUid);
  take(uapi::kFattrGid, wire::kSetGid);
  take(uapi::kFattrSize, wire::kSetSize);
  take(uapi::kFattrAtime, wire::kSetAtime);
  take(uapi::kFattrAtimeNow, wire::kSetAtime | wire::kSetAtimeNow);
  take(uapi::kFattrMtime, wire::kSetMtime);
  take(uapi::kFattrMtimeNow, wire::kSetMtime | wire::kSetMtimeNow);
  take(uapi::kFattrKillSuidgid, wire::kSetKillSuidgid);
  // With HANDLE_KILLPRIV_V2 the kernel leaves to us what chown(2) does to setuid and setgid, even
  // chown(-1, -1), and says nothing more of it. A request to change nothing comes also from
  // fallocate(2) and copy_file_range(2) by a writer who may not keep them.
  constexpr uint32_t kChanges = uapi::kFattrMode | uapi::kFattrSize | uapi::kFattrAtime |
                                uapi::kFattrMtime | uapi::kFattrAtimeNow | uapi::kFattrMtimeNow;
  const bool owner_changes = (in.valid & (uapi::kFattrUid | uapi::kFattrGid)) != 0;
  if (owner_changes || (in.valid & kChanges) == 0) change.valid |= wire::kSetKillSuidgid;

  change.mode = in.mode & 07777;
  change.uid = in.uid;
  change.gid = in.gid;
  change.size = in.size;
  change.atime = to_nanoseconds(in.atime, in.atimensec);
  change.mtime = to_nanoseconds(in.mtime, in.mtimensec);
  return change;
}

}  // namespace

void setattr(fuse_req_t req, fuse_ino_t ino, struct stat*, int, fuse_file_info* info) {
  Request request(req);
  const auto* in = request.session().raw_argument<uapi::SetattrIn>();
  if (in == nullptr) return request.error(EIO);
  // Only ftruncate(2) needs the handle; that of a directory would name no open file. libfuse has
  // taken FATTR_FH out of the raw request.
  const bool through_handle = info != nullptr && (in->valid & uapi::kFattrSize) != 0;
  request.client().setattr(caller_of(req), Fid{ino}, change_of(*in), through_handle ? info->fh : 0,
                           answer_attr(std::move(request)));
}

}  // namespace sheen::fuse::ops
