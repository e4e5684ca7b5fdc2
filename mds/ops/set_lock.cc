// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/locks.h"

namespace sheen::mds::ops {

void set_lock(void* mdt, target::Session&, target::CallPtr call) {
  static_cast<Mdt*>(mdt)->file_locks().set(std::move(call));
}

}  // namespace sheen::mds::ops
