// SPDX-License-Identifier: Apache-2.0
#pragma once

// Why a mount does not answer: which of its file system's servers do not. Asks the servers, not the
// mount. Takes some seconds; one thread.

#include <string>

#include "cli/context.h"

namespace sheen::cli {

// "demo-OST0001 is down"; empty if all answer, or if it is not known whom to ask.
std::string absent_targets(const Context& context, const std::string& path);

}  // namespace sheen::cli
