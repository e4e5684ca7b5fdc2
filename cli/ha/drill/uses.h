// SPDX-License-Identifier: Apache-2.0
#pragma once

// One use of one target, which cannot be had without that target's answer. Made by one thread and
// run by another (Probe's).

#include <string>

#include "cli/mgs_place.h"
#include "cli/outcome.h"
#include "lib/base/function.h"
#include "lib/base/ids.h"

namespace sheen::cli {

// OST: some bytes written to a file of its own and made durable. MDT0000: a name made and removed.
// `directory`: on a mount, ours to make; that may wait for ever.
Outcome<UniqueFunction<Status()>> use_of_data(const TargetLabel& target,
                                              const std::string& directory);
// The configuration is fetched. An MGS that is away is asked until it answers.
UniqueFunction<Status()> use_of_configuration(const MgsPlace& mgs);

}  // namespace sheen::cli
