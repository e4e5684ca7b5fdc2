// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations on names, for the MDT's operation table; each is in a file of its own. Lane
// thread.

#include "lib/target/operation.h"
#include "lib/wire/codec.h"

namespace sheen::mds {

class Mdt;

namespace ops {

using target::OpContext;

Result<wire::LookupReplyT> lookup(Mdt& mdt, const OpContext& ctx, const wire::LookupRequest& req);
Result<wire::EntryReplyT> mknod(Mdt& mdt, const OpContext& ctx, const wire::MknodRequest& req);
Result<wire::EntryReplyT> mkdir(Mdt& mdt, const OpContext& ctx, const wire::MkdirRequest& req);
Result<wire::EntryReplyT> symlink(Mdt& mdt, const OpContext& ctx, const wire::SymlinkRequest& req);
Result<wire::EntryReplyT> link(Mdt& mdt, const OpContext& ctx, const wire::LinkRequest& req);
Result<wire::ReadlinkReplyT> readlink(Mdt& mdt, const OpContext& ctx,
                                      const wire::ReadlinkRequest& req);
Result<wire::UnlinkReplyT> unlink(Mdt& mdt, const OpContext& ctx, const wire::UnlinkRequest& req);
Result<wire::UnlinkReplyT> rmdir(Mdt& mdt, const OpContext& ctx, const wire::RmdirRequest& req);
Result<wire::RenameReplyT> rename(Mdt& mdt, const OpContext& ctx, const wire::RenameRequest& req);
Result<wire::ReadDirReplyT> read_dir(Mdt& mdt, const OpContext& ctx,
                                     const wire::ReadDirRequest& req);

}  // namespace ops
}  // namespace sheen::mds
