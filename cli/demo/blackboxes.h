// SPDX-License-Identifier: Apache-2.0
#pragma once

// The blackboxes that crashing servers leave in DIR/log, one for each crash. One
// thread.

#include <cstddef>
#include <string>

namespace sheen::cli::demo {

// Removes all but the newest `keep`. What cannot be removed stays.
void prune_blackboxes(const std::string& directory, size_t keep);

}  // namespace sheen::cli::demo
