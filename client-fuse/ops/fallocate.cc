// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void fallocate(fuse_req_t req, fuse_ino_t, int mode, off_t offset, off_t length,
               fuse_file_info* info) {
  Request request(req);
  // The kernel has cleared setuid and setgid already, by a SETATTR of its own.
  constexpr bool kKillPriv = false;
  request.client().fallocate(info->fh, mode, static_cast<uint64_t>(offset),
                             static_cast<uint64_t>(length), kKillPriv,
                             answer_status(std::move(request)));
}

}  // namespace sheen::fuse::ops
