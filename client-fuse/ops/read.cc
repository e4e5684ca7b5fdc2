// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <vector>

#include <sys/uio.h>

#include "client-fuse/handle_loss.h"
#include "client-fuse/killable_request.h"

namespace sheen::fuse::ops {
namespace {

// writev(2) takes 1024 parts at most, and libfuse adds the header.
constexpr size_t kPartsMax = 1000;

std::vector<iovec> to_parts(const client::ReadResult& result) {
  std::vector<iovec> parts;
  parts.reserve(result.buffers.size());
  for (const Buffer& buffer : result.buffers)
    if (!buffer.empty())
      parts.push_back({.iov_base = const_cast<uint8_t*>(buffer.data()), .iov_len = buffer.size()});
  return parts;
}

std::string joined(const client::ReadResult& result) {
  std::string bytes;
  bytes.reserve(result.size());
  for (const Buffer& buffer : result.buffers) bytes += buffer.view();
  return bytes;
}

}  // namespace

void read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info) {
  const auto answer = [ino, handle = info->fh](Request request, Result<client::ReadResult> result) {
    if (!result) {
      note_failure(request.fs(), ino, handle, result.error());
      return request.error(result.error());
    }
    request.fs().counters.count_read(result->size());
    const std::vector<iovec> parts = to_parts(*result);
    if (parts.size() > kPartsMax) return request.bytes(joined(*result));
    fuse_reply_iov(request.take(), parts.data(), static_cast<int>(parts.size()));
  };
  Request request(req);
  request.client().read(info->fh, static_cast<uint64_t>(offset), size,
                        unless_killed<client::ReadResult>(std::move(request), answer));
}

}  // namespace sheen::fuse::ops
