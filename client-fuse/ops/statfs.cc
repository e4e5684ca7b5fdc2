// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <sys/statvfs.h>

#include "client-fuse/killable_request.h"
#include "lib/base/limits.h"

namespace sheen::fuse::ops {
namespace {

constexpr uint64_t kBlockBytes = 4096;

}  // namespace

void statfs(fuse_req_t req, fuse_ino_t) {
  Request request(req);
  const auto answer = [](Request request, Result<client::FsStat> stat) {
    if (!stat) return request.error(stat.error());
    struct statvfs out {};
    out.f_bsize = kBlockBytes;
    out.f_frsize = kBlockBytes;
    out.f_blocks = stat->bytes_total / kBlockBytes;
    out.f_bfree = stat->bytes_free / kBlockBytes;
    out.f_bavail = stat->bytes_available / kBlockBytes;
    out.f_files = stat->inodes_total;
    out.f_ffree = stat->inodes_free;
    out.f_favail = stat->inodes_free;
    out.f_namemax = kNameMax;
    fuse_reply_statfs(request.take(), &out);
  };
  request.client().statfs(unless_killed<client::FsStat>(std::move(request), answer));
}

}  // namespace sheen::fuse::ops
