// SPDX-License-Identifier: Apache-2.0
#pragma once

// Times as Pacemaker writes them. Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sheen::ha {

// A duration of the configuration, "10min", "30s", "1500ms", "20", in seconds.
std::optional<int64_t> seconds(std::string_view text);
// How long `then` is before `now`, both as crm_mon(8) writes them: "Mon Nov 23 17:08:51 2026".
std::optional<int64_t> seconds_between(const std::string& then, const std::string& now);

}  // namespace sheen::ha
