// SPDX-License-Identifier: Apache-2.0
#include "mds/mdt.h"
#include "mds/ops/locks.h"

namespace sheen::mds::ops {

void get_lock(void* mdt, target::Session&, target::CallPtr call) {
  static_cast<Mdt*>(mdt)->file_locks().get(std::move(call));
}

}  // namespace sheen::mds::ops
