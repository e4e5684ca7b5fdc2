// SPDX-License-Identifier: Apache-2.0
#pragma once

// The MDT's operation table. Constant; any thread.

#include <span>

#include "lib/target/operation.h"

namespace sheen::mds {

std::span<const target::Operation> operation_table();

}  // namespace sheen::mds
