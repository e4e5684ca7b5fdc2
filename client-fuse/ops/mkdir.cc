// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode) {
  Request request(req);
  request.client().mkdir(caller_of(req), Fid{parent}, name, mode, answer_entry(std::move(request)));
}

}  // namespace sheen::fuse::ops
