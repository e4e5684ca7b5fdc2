// SPDX-License-Identifier: Apache-2.0
// GetConfig: a file system's configuration, unless the asker has this version; from now on the
// asker is told of every change. Asked again at every connect, because a notice may have been lost.
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {

Result<wire::GetConfigReplyT> get_config(Mgs& mgs, const OpContext& ctx,
                                         const wire::GetConfigRequest& request) {
  const std::string fsname(wire::text(request.fsname()));
  SHEEN_ASSIGN(const FilesystemRow row, mgs.store().require(fsname));
  // A tool asks once and goes away.
  if (ctx.session.role != wire::PeerRole::kAdmin) mgs.subscribe(ctx.session, fsname);
  wire::GetConfigReplyT reply;
  if (request.known_version() != row.version) {
    SHEEN_ASSIGN(reply.config, mgs.store().read(fsname));
  }
  return reply;
}

}  // namespace sheen::mgs::ops
