// SPDX-License-Identifier: Apache-2.0
#include "lib/client/core.h"

namespace sheen::client {

void Client::getattr(Fid fid, Done<Attr> done) { core_->getattr(fid, std::move(done)); }

}  // namespace sheen::client
