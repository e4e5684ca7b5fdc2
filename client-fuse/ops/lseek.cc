// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>

#include <unistd.h>

#include "client-fuse/killable_request.h"

namespace sheen::fuse::ops {

void lseek(fuse_req_t req, fuse_ino_t, off_t offset, int whence, fuse_file_info* info) {
  Request request(req);
  // The kernel works out all others from the file's size.
  if (whence != SEEK_DATA && whence != SEEK_HOLE) return request.error(EINVAL);
  if (offset < 0) return request.error(ENXIO);
  request.client().seek(
      info->fh, static_cast<uint64_t>(offset), whence == SEEK_DATA,
      unless_killed<uint64_t>(std::move(request), [](Request request, auto found) {
        if (!found) return request.error(found.error());
        fuse_reply_lseek(request.take(), static_cast<off_t>(*found));
      }));
}

}  // namespace sheen::fuse::ops
