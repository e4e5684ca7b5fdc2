// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void symlink(fuse_req_t req, const char* target, fuse_ino_t parent, const char* name) {
  Request request(req);
  request.client().symlink(caller_of(req), Fid{parent}, name, target,
                           answer_entry(std::move(request)));
}

}  // namespace sheen::fuse::ops
