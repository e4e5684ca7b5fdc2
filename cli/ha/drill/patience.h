// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work that may wait for ever, because what it works on does not answer. Any thread.

#include <chrono>

#include "lib/base/function.h"

namespace sheen::cli {

// Does it on a thread of its own. False: the time was over or `given_up` said so, and the work is
// left to itself; it may use nothing but what it owns.
bool done_within(
    std::chrono::milliseconds limit, UniqueFunction<void()> work,
    UniqueFunction<bool()> given_up = [] { return false; });

}  // namespace sheen::cli
