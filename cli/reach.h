// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which hosts answer over TCP. A host that refuses the connection answers, too: it is the network
// between that is asked about, not who serves. Blocks for `timeout_ms`, and for the name server if
// a host is given by name. Any thread.

#include <string>
#include <vector>

#include "lib/base/result.h"

namespace sheen::cli {

struct ReachedPeer {
  std::string peer;  // "host:port", as given
  bool reached = false;
  std::string why_not;  // "no answer", "no route to host"; empty if it was reached
};

// All at once, in the given order. kInvalid: one of them is not HOST:PORT.
Result<std::vector<ReachedPeer>> reach(const std::vector<std::string>& peers, int timeout_ms);

}  // namespace sheen::cli
