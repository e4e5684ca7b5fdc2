// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::readlink(Fid fid, Done<std::string> done) {
  wire::ReadlinkRequestT request;
  request.fid = fid.value;
  request.now = core_->now();
  request.no_atime = core_->options.no_atime;
  core_->ask_mdt<wire::ReadlinkRequest>(
      fid, request,
      [done = std::move(done)](Result<rpc::ReplyFor<wire::ReadlinkRequest>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(std::string(wire::bytes((*reply)->target())));
      });
}

}  // namespace sheen::client
