// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an OST answers, one row per opcode. Constant; any thread.

#include <span>

#include "lib/target/operation.h"

namespace sheen::oss {

std::span<const target::Operation> operation_table();

}  // namespace sheen::oss
