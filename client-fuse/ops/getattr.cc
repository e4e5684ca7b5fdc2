// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/killable_request.h"

namespace sheen::fuse::ops {

void getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
  Request request(req);
  request.client().getattr(
      Fid{ino}, unless_killed<client::Attr>(std::move(request), [](Request request, auto attr) {
        if (!attr) return request.error(attr.error());
        request.attr(*attr);
      }));
}

}  // namespace sheen::fuse::ops
