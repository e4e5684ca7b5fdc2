// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include "client-fuse/request.h"

// A node id is a Fid, so there is no table of nodes that lookup counts would keep entries in.

namespace sheen::fuse::ops {

void forget(fuse_req_t req, fuse_ino_t, uint64_t) { Request(req).nothing(); }

void forget_multi(fuse_req_t req, size_t, fuse_forget_data*) { Request(req).nothing(); }

}  // namespace sheen::fuse::ops
