// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which parameters an agent has, from its metadata (OCF 1.1, ra-api.rng; fence agents write the
// same). Pure functions; any thread.

#include <set>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace sheen::ha {

// kInvalid: that is no metadata.
Result<std::set<std::string>> parameters_in(std::string_view metadata);

}  // namespace sheen::ha
