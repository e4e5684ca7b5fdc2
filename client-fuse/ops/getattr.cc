// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
  Request request(req);
  request.client().getattr(Fid{ino}, answer_attr(std::move(request)));
}

}  // namespace sheen::fuse::ops
