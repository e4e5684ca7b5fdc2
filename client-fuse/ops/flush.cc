// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void flush(fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
  Request request(req);
  request.client().flush(info->fh, info->lock_owner, answer_status(std::move(request)));
}

}  // namespace sheen::fuse::ops
