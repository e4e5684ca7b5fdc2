// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char* new_name) {
  Request request(req);
  request.client().link(caller_of(req), Fid{ino}, Fid{new_parent}, new_name,
                        answer_entry(std::move(request)));
}

}  // namespace sheen::fuse::ops
