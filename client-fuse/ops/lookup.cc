// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  Request request(req);
  request.client().lookup(caller_of(req), Fid{parent}, name, answer_entry(std::move(request)));
}

}  // namespace sheen::fuse::ops
