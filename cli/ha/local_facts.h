// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gathers what only this node can tell of itself, for ha/doctor.h. What a program does not tell is
// left empty. Blocks while programs run; any thread.

#include "cli/outcome.h"
#include "ha/cib.h"
#include "ha/doctor.h"

namespace sheen::cli {

Outcome<ha::LocalFacts> gather_local_facts(const ha::Cib& cib);

}  // namespace sheen::cli
