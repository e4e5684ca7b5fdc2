// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/handle_loss.h"

#include "client-fuse/notify_thread.h"
#include "lib/base/log.h"

namespace sheen::fuse {

void note_failure(Filesystem& fs, uint64_t node, client::Handle handle, const Error& error) {
  if (error.code() != Errc::kIo || fs.client.alive(handle)) return;
  SHEEN_DEBUG("open file {} of {} was lost with its session", handle, Fid{node}.to_string());
  if (fs.notify != nullptr && !fs.notify->invalidate_inode(node))
    SHEEN_WARN("too many invalidations wait: {} may show old pages", Fid{node}.to_string());
}

}  // namespace sheen::fuse
