// SPDX-License-Identifier: Apache-2.0
#pragma once

// AgentMetadata: what an agent says of itself (OCF 1.1, ra-api.rng; fence agents write the same). A
// value; any thread.

#include <set>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace sheen::ha {

struct AgentMetadata {
  std::set<std::string> parameters;
  std::set<std::string> actions;  // "start", "monitor"; of a fence agent "off", "status"

  // kInvalid: that is no metadata.
  static Result<AgentMetadata> parse(std::string_view xml);
};

}  // namespace sheen::ha
