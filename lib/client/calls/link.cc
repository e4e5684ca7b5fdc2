// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::link(const Caller& caller, Fid fid, Fid parent, std::string_view name,
                  Done<Attr> done) {
  if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  wire::LinkRequestT request;
  request.cred = Core::credentials(caller);
  request.fid = fid.value;
  request.parent = parent.value;
  request.name = wire::to_bytes(name);
  request.now = core_->now();
  core_->ask_mdt<wire::LinkRequest>(
      parent, request,
      [core = core_.get(),
       done = std::move(done)](Result<rpc::ReplyFor<wire::LinkRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        core->resolve(core->note((*reply)->attr()), nullptr, std::move(done));
      });
}

}  // namespace sheen::client
