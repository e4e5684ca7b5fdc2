// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void fsync(fuse_req_t req, fuse_ino_t, int data_only, fuse_file_info* info) {
  Request request(req);
  request.client().fsync(info->fh, data_only != 0, answer_status(std::move(request)));
}

void fsyncdir(fuse_req_t req, fuse_ino_t ino, int, fuse_file_info*) {
  Request request(req);
  request.client().fsync_directory(Fid{ino}, answer_status(std::move(request)));
}

}  // namespace sheen::fuse::ops
