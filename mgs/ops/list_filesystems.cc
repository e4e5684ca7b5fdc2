// SPDX-License-Identifier: Apache-2.0
// ListFilesystems: the names of all file systems that this MGS knows.
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {

Result<wire::ListFilesystemsReplyT> list_filesystems(Mgs& mgs, const OpContext&,
                                                     const wire::ListFilesystemsRequest&) {
  wire::ListFilesystemsReplyT reply;
  SHEEN_ASSIGN(reply.fsnames, mgs.store().filesystems().names());
  return reply;
}

}  // namespace sheen::mgs::ops
