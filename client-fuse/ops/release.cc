// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <optional>

#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void release(fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
  Request request(req);
  std::optional<uint64_t> flock_owner;
  if (info->flock_release != 0) flock_owner = info->lock_owner;
  request.client().release(info->fh, flock_owner, [](Result<void>) {});
  // Nobody waits for the answer, but it occupies one of the kernel's background requests, which
  // readahead and asynchronous I/O need, for as long as a server is away.
  request.done();
}

}  // namespace sheen::fuse::ops
