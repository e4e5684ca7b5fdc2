// SPDX-License-Identifier: Apache-2.0
#pragma once

// What changes between two configurations, in lines for people:
//
//   + demo-OST0004: ocf:sheen:target
//   - demo-OST0000: loglevel=debug
//   + demo-OST0000: loglevel=info
//
// Order, ids of inner elements and white space are no difference. Pure functions; any thread.

#include <string>
#include <vector>

#include "ha/cib.h"

namespace sheen::ha {

// Everything that a configuration says, a line each, sorted.
std::vector<std::string> statements(const Cib& cib);
// "- " what only the first says, "+ " what only the second says, sorted by what they are about.
std::vector<std::string> difference(const Cib& before, const Cib& after);

}  // namespace sheen::ha
