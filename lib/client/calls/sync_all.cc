// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::sync_all(Done<void> done) {
  std::vector<rpc::Import*> imports = core_->targets.imports(TargetKind::kOst);
  for (rpc::Import* mdt : core_->targets.imports(TargetKind::kMdt)) imports.push_back(mdt);
  fan_out<Nothing>(
      imports.size(),
      [&](size_t i, Done<Nothing> part) {
        imports[i]->call(make_request<wire::SyncRequest>({}),
                         [part = std::move(part)](Result<wire::Message> reply) mutable {
                           if (!reply) return part(std::move(reply).error());
                           part(Nothing{});
                         });
      },
      [done = std::move(done)](Result<std::vector<Nothing>> all) mutable {
        if (!all) return done(std::move(all).error());
        done(ok());
      });
}

}  // namespace sheen::client
