// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the MGS answers; one row per file in ops/. Constant; any thread.

#include <span>

#include "lib/target/operation.h"

namespace sheen::mgs {

extern const std::span<const target::Operation> kOperations;

}  // namespace sheen::mgs
