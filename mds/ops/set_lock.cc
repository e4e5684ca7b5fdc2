// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/locks.h"

namespace sheen::mds::ops {

void set_lock(void* mdt, target::Session& session, target::CallPtr call) {
  static_cast<Mdt*>(mdt)->file_locks().set(session, std::move(call));
}

}  // namespace sheen::mds::ops
