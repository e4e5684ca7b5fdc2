// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"
#include "mds/file_state.h"
#include "mds/ops/file.h"

namespace sheen::mds::ops {

Result<wire::ReportSizeReplyT> report_size(Mdt& mdt, const OpContext&,
                                           const wire::ReportSizeRequest& req) {
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  if (take_report(mdt, inode, req.report(), false)) SHEEN_TRY(mdt.store().inodes.update(inode));
  wire::ReportSizeReplyT reply;
  reply.attr = attr_of(inode);
  return reply;
}

}  // namespace sheen::mds::ops
