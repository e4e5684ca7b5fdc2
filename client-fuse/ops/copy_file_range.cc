// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <algorithm>
#include <cerrno>

#include "client-fuse/request.h"

namespace sheen::fuse::ops {
namespace {

// A shorter copy than asked for is allowed, and lets the caller be interrupted in between.
constexpr size_t kAtOnceMax = size_t{64} << 20;

}  // namespace

void copy_file_range(fuse_req_t req, fuse_ino_t, off_t offset_in, fuse_file_info* info_in,
                     fuse_ino_t, off_t offset_out, fuse_file_info* info_out, size_t length,
                     int flags) {
  Request request(req);
  if (flags != 0) return request.error(EINVAL);
  // The kernel has cleared setuid and setgid already, by a SETATTR of its own.
  constexpr bool kKillPriv = false;
  request.client().copy_file_range(info_in->fh, static_cast<uint64_t>(offset_in), info_out->fh,
                                   static_cast<uint64_t>(offset_out), std::min(length, kAtOnceMax),
                                   kKillPriv,
                                   [request = std::move(request)](Result<uint64_t> copied) mutable {
                                     if (!copied) return request.error(copied.error());
                                     request.written(*copied);
                                   });
}

}  // namespace sheen::fuse::ops
