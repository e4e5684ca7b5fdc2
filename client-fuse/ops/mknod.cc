// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void mknod(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t rdev) {
  Request request(req);
  // libfuse passes the kernel's new_encode_dev number on as it is.
  request.client().mknod(caller_of(req), Fid{parent}, name, mode, static_cast<uint32_t>(rdev),
                         answer_entry(std::move(request)));
}

}  // namespace sheen::fuse::ops
