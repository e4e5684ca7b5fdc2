// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations on inodes and open handles, for the MDT's operation table; each is in a file of
// its own. The reconstruct_ functions restore what an operation had left in memory before a
// restart, when its stored reply is sent again. Lane thread.

#include "lib/target/operation.h"
#include "lib/wire/codec.h"

namespace sheen::mds {

class Mdt;

namespace ops {

using target::OpContext;

Result<wire::GetAttrReplyT> get_attr(Mdt& mdt, const OpContext& ctx,
                                     const wire::GetAttrRequest& req);
Result<wire::SetAttrReplyT> set_attr(Mdt& mdt, const OpContext& ctx,
                                     const wire::SetAttrRequest& req);

Result<wire::CreateReplyT> create(Mdt& mdt, const OpContext& ctx, const wire::CreateRequest& req);
void reconstruct_create(Mdt& mdt, const OpContext& ctx, const wire::CreateRequest& req,
                        const wire::CreateReply& stored);
Result<wire::OpenReplyT> open(Mdt& mdt, const OpContext& ctx, const wire::OpenRequest& req);
void reconstruct_open(Mdt& mdt, const OpContext& ctx, const wire::OpenRequest& req,
                      const wire::OpenReply& stored);
// The reply has no attr if the inode is gone (a repeated Close).
Result<wire::CloseReplyT> close(Mdt& mdt, const OpContext& ctx, const wire::CloseRequest& req);
void reconstruct_close(Mdt& mdt, const OpContext& ctx, const wire::CloseRequest& req,
                       const wire::CloseReply& stored);

Result<wire::ReportSizeReplyT> report_size(Mdt& mdt, const OpContext& ctx,
                                           const wire::ReportSizeRequest& req);
Result<wire::KillPrivReplyT> kill_priv(Mdt& mdt, const OpContext& ctx,
                                       const wire::KillPrivRequest& req);
Result<wire::RestateReplyT> restate(Mdt& mdt, const OpContext& ctx,
                                    const wire::RestateRequest& req);

Result<wire::GetXattrReplyT> get_xattr(Mdt& mdt, const OpContext& ctx,
                                       const wire::GetXattrRequest& req);
Result<wire::XattrReplyT> set_xattr(Mdt& mdt, const OpContext& ctx,
                                    const wire::SetXattrRequest& req);
Result<wire::ListXattrReplyT> list_xattr(Mdt& mdt, const OpContext& ctx,
                                         const wire::ListXattrRequest& req);
Result<wire::XattrReplyT> remove_xattr(Mdt& mdt, const OpContext& ctx,
                                       const wire::RemoveXattrRequest& req);

}  // namespace ops
}  // namespace sheen::mds
