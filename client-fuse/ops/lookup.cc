// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/caller.h"
#include "client-fuse/killable_request.h"

namespace sheen::fuse::ops {

void lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  Request request(req);
  request.client().lookup(
      caller_of(req), Fid{parent}, name,
      unless_killed<client::Attr>(std::move(request), [](Request request, auto found) {
        if (!found) return request.error(found.error());
        request.entry(*found);
      }));
}

}  // namespace sheen::fuse::ops
