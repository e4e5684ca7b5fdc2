// SPDX-License-Identifier: Apache-2.0
#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/mdt.h"
#include "mds/ops/layout.h"
#include "mds/store/layout_codec.h"

namespace sheen::mds::ops {

// No permission is asked for: GetAttr tells everybody the same.
Result<wire::GetLayoutReplyT> get_layout(Mdt& mdt, const target::OpContext&,
                                         const wire::GetLayoutRequest& req) {
  SHEEN_ASSIGN(const Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  wire::GetLayoutReplyT reply;
  reply.attr = attr_of(inode);
  SHEEN_ASSIGN(reply.layout, layout_of(inode));
  if (!inode.is_directory()) return reply;

  SHEEN_ASSIGN(const StripeHint own, decode_hint(inode.content));
  const StripeHint hint = mdt.with_defaults(own);
  reply.hint = std::make_unique<wire::LayoutHintT>();
  reply.hint->stripe_count = hint.stripe_count;
  reply.hint->stripe_size = hint.stripe_size;
  reply.hint->start_ost = hint.start_ost;
  reply.inherited = inode.content.empty();  // from the file system's defaults
  return reply;
}

}  // namespace sheen::mds::ops
