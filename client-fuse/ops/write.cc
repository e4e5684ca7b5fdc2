// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <cerrno>

#include <fcntl.h>

#include "client-fuse/handle_loss.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {

void write_buf(fuse_req_t req, fuse_ino_t ino, fuse_bufvec* data, off_t offset,
               fuse_file_info* info) {
  Request request(req);
  const auto* in = request.session().raw_argument<uapi::WriteIn>();
  if (in == nullptr) return request.error(EIO);
  const bool from_mapping = (in->write_flags & uapi::kWriteCache) != 0;
  client::WriteOptions options;
  options.append = (in->flags & O_APPEND) != 0 && !from_mapping;
  options.sync = (in->flags & (O_SYNC | O_DSYNC)) != 0;
  options.kill_setid = (in->write_flags & uapi::kWriteKillSuidgid) != 0;

  // Not spliced, so one piece of memory: the rest of the request.
  const fuse_buf& payload = data->buf[0];
  Buffer bytes = request.session().take_payload(payload.mem, payload.size);
  request.client().write(
      info->fh, static_cast<uint64_t>(offset), std::move(bytes), options,
      [request = std::move(request), ino, handle = info->fh](Result<size_t> written) mutable {
        if (!written) {
          note_failure(request.fs(), ino, handle, written.error());
          return request.error(written.error());
        }
        request.fs().counters.count_written(*written);
        request.written(*written);
      });
}

}  // namespace sheen::fuse::ops
