// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::lookup(const Caller& caller, Fid parent, std::string_view name, Done<Attr> done) {
  if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  wire::LookupRequestT request;
  request.cred = Core::credentials(caller);
  request.parent = parent.value;
  request.name = wire::to_bytes(name);
  core_->ask_mdt<wire::LookupRequest>(
      parent, request,
      [core = core_.get(),
       done = std::move(done)](Result<rpc::ReplyFor<wire::LookupRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        core->resolve(core->note((*reply)->attr()), nullptr, std::move(done));
      });
}

}  // namespace sheen::client
