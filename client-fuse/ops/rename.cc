// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>
#include <cstdio>

#include "client-fuse/caller.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void rename(fuse_req_t req, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags) {
  Request request(req);
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0) return request.error(EINVAL);
  request.client().rename(caller_of(req), Fid{parent}, name, Fid{new_parent}, new_name, flags,
                          answer_status(std::move(request)));
}

}  // namespace sheen::fuse::ops
