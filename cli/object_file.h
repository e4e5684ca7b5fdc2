// SPDX-License-Identifier: Apache-2.0
#pragma once

// The name of an object's file below its target's directory (docs/disk-format.md). Any thread.

#include <string>

#include "lib/base/ids.h"

namespace sheen::cli {

std::string object_file(const ObjectId& object);  // "O/1a/d15/2f.0.3"

}  // namespace sheen::cli
