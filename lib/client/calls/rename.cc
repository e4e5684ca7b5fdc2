// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::rename(const Caller& caller, Fid old_parent, std::string_view old_name, Fid new_parent,
                    std::string_view new_name, uint32_t flags, Done<void> done) {
  for (const std::string_view name : {old_name, new_name})
    if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  wire::RenameRequestT request;
  request.cred = Core::credentials(caller);
  request.old_parent = old_parent.value;
  request.old_name = wire::to_bytes(old_name);
  request.new_parent = new_parent.value;
  request.new_name = wire::to_bytes(new_name);
  request.flags = flags;
  request.now = core_->now();
  // The MDT of the source coordinates.
  core_->ask_mdt<wire::RenameRequest>(
      old_parent, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::RenameRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(ok());
      });
}

}  // namespace sheen::client
