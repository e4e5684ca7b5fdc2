// SPDX-License-Identifier: Apache-2.0
#pragma once

// Prints a Plan: what changes, and what Pacemaker does about it. Any thread.

#include "cli/context.h"
#include "cli/ha/plan.h"

namespace sheen::cli {

void show_plan(const Context& context, const Plan& plan);

}  // namespace sheen::cli
