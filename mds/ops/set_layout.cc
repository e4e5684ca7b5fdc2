// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/base/limits.h"
#include "mds/attr.h"
#include "mds/mdt.h"
#include "mds/ops/layout.h"
#include "mds/permission.h"
#include "mds/store/layout_codec.h"

namespace sheen::mds::ops {
namespace {

Result<StripeHint> check_hint(const OstPool& osts, const wire::LayoutHint& asked) {
  const StripeHint hint{asked.stripe_count(), asked.stripe_size(), asked.start_ost()};
  if (hint.stripe_count < -1 || hint.stripe_count > kStripeCountMax)
    return Error(Errc::kInvalid, fmt::format("a stripe count is -1 (all OSTs) or 1 to {}, not {}",
                                             kStripeCountMax, hint.stripe_count));
  const uint32_t size = hint.stripe_size;
  if (size != 0 && (size < kStripeSizeMin || size > kStripeSizeMax || size % kStripeSizeMin != 0))
    return Error(Errc::kInvalid,
                 fmt::format("a stripe size is a multiple of {} bytes up to {}, not {}",
                             kStripeSizeMin, kStripeSizeMax, size));
  if (hint.start_ost < -1)
    return Error(Errc::kInvalid, fmt::format("there is no OST with index {}", hint.start_ost));
  if (hint.start_ost >= 0) {
    if (osts.size() == 0) return Error(Errc::kRecovering, "the OSTs are not known yet");
    if (hint.start_ost > kTargetIndexMax || !osts.exists(static_cast<uint16_t>(hint.start_ost)))
      return Error(Errc::kInvalid, fmt::format("there is no OST with index {}", hint.start_ost));
  }
  return hint;
}

// The layout of a file is fixed once it has objects, and whoever has it open goes by the one he
// got, on the asking mount as elsewhere.
Status check_unused(Mdt& mdt, const Inode& inode) {
  if (mdt.opens().is_open(inode.fid)) return Error(Errc::kBusy, "the file is open");
  if (mdt.env().recovering())
    return Error(Errc::kRecovering, "who has the file open is not known yet");
  if (!inode.size_valid)
    return Error(Errc::kBusy, "the file's size is not settled; look at it (stat) and try again");
  if (inode.size != 0 || inode.blocks != 0)
    return Error(Errc::kExists, "the file has data, its striping is fixed");
  return ok();
}

}  // namespace

Result<wire::SetLayoutReplyT> set_layout(Mdt& mdt, const target::OpContext& ctx,
                                         const wire::SetLayoutRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(Inode inode, mdt.store().inodes.get(Fid{req.fid()}));
  if (!inode.is_directory() && !inode.is_regular())
    return Error(Errc::kInvalid, "neither a regular file nor a directory");
  if (!asker.owns(inode)) return Errc::kPermission;

  StripeHint hint;
  if (req.hint() != nullptr) {
    SHEEN_ASSIGN(hint, check_hint(mdt.ost_pool(), *req.hint()));
  }
  if (inode.is_directory()) {
    inode.content = hint == StripeHint{} ? std::string{} : encode_hint(hint);
  } else {
    if (req.hint() == nullptr)
      return Error(Errc::kInvalid, "only a directory's default striping can be removed");
    SHEEN_TRY(check_unused(mdt, inode));
    SHEEN_ASSIGN(wire::Striping striping, decode_striping(inode.content));
    wire::StripeComponent component;
    hint = mdt.with_defaults(hint);
    component.stripe_size = hint.stripe_size;
    SHEEN_ASSIGN(component.osts,
                 mdt.ost_pool().choose(hint.stripe_count, component.stripe_size, hint.start_ost));
    ++striping.generation;
    striping.components.clear();
    striping.components.push_back(std::move(component));
    inode.content = encode_striping(striping);
  }
  SHEEN_TRY(mdt.check_space());
  inode.ctime = time_of(req.now(), ctx);
  SHEEN_TRY(mdt.store().inodes.update(inode));

  wire::SetLayoutReplyT reply;
  reply.attr = attr_of(inode);
  SHEEN_ASSIGN(reply.layout, layout_of(inode));
  return reply;
}

}  // namespace sheen::mds::ops
