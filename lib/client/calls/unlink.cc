// SPDX-License-Identifier: Apache-2.0
// unlink and rmdir. The MDT sees to the objects.
#include "lib/client/core.h"

namespace sheen::client {
namespace {

template <class RequestTable>
void remove_entry(Core& core, const Caller& caller, Fid parent, std::string_view name,
                  Done<void> done) {
  if (auto status = Core::check_name(name); !status) return done(std::move(status).error());
  NativeOf<RequestTable> request;
  request.cred = Core::credentials(caller);
  request.parent = parent.value;
  request.name = wire::to_bytes(name);
  request.now = core.now();
  core.ask_mdt<RequestTable>(
      parent, request, [done = std::move(done)](Result<rpc::ReplyFor<RequestTable>> reply) mutable {
        if (!reply) return done(std::move(reply).error());
        done(ok());
      });
}

}  // namespace

void Client::unlink(const Caller& caller, Fid parent, std::string_view name, Done<void> done) {
  remove_entry<wire::UnlinkRequest>(*core_, caller, parent, name, std::move(done));
}

void Client::rmdir(const Caller& caller, Fid parent, std::string_view name, Done<void> done) {
  remove_entry<wire::RmdirRequest>(*core_, caller, parent, name, std::move(done));
}

}  // namespace sheen::client
