// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/killable_request.h"

namespace sheen::fuse::ops {

void readlink(fuse_req_t req, fuse_ino_t ino) {
  Request request(req);
  request.client().readlink(
      Fid{ino}, unless_killed<std::string>(std::move(request), [](Request request, auto target) {
        if (!target) return request.error(target.error());
        request.bytes(*target);
      }));
}

}  // namespace sheen::fuse::ops
