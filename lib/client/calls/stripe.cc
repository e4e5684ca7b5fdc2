// SPDX-License-Identifier: Apache-2.0
// getstripe and setstripe.
#include "lib/client/core.h"

namespace sheen::client {

void Client::getstripe(const Caller& caller, Fid fid, Done<StripeInfo> done) {
  wire::GetLayoutRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  core_->ask_mdt<wire::GetLayoutRequest>(
      fid, request,
      [core = core_.get(),
       done = std::move(done)](Result<rpc::ReplyFor<wire::GetLayoutRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        auto striping = wire::Striping::from((*reply)->layout());
        if (!striping) return done(std::move(striping).error());
        StripeInfo out;
        out.attr = core->note((*reply)->attr());
        out.striping = std::move(*striping);
        if (const wire::LayoutHint* hint = (*reply)->hint(); hint != nullptr)
          out.hint = LayoutHint{hint->stripe_count(), hint->stripe_size(), hint->start_ost()};
        out.inherited = (*reply)->inherited();
        done(std::move(out));
      });
}

void Client::setstripe(const Caller& caller, Fid fid, std::optional<LayoutHint> hint,
                       Done<StripeInfo> done) {
  wire::SetLayoutRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.now = core_->now();
  if (hint) {
    request.hint = std::make_unique<wire::LayoutHintT>();
    request.hint->stripe_count = hint->stripe_count;
    request.hint->stripe_size = hint->stripe_size;
    request.hint->start_ost = hint->start_ost;
  }
  core_->ask_mdt<wire::SetLayoutRequest>(
      fid, request,
      [core = core_.get(), hint,
       done = std::move(done)](Result<rpc::ReplyFor<wire::SetLayoutRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        auto striping = wire::Striping::from((*reply)->layout());
        if (!striping) return done(std::move(striping).error());
        StripeInfo out;
        out.attr = core->note((*reply)->attr());
        out.striping = std::move(*striping);
        out.hint = hint;
        done(std::move(out));
      });
}

}  // namespace sheen::client
