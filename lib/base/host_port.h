// SPDX-License-Identifier: Apache-2.0
#pragma once

// HOST:PORT, as people write it. Pure functions; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace sheen {

struct HostPort {
  std::string host;  // an IPv6 address without its brackets
  uint16_t port = 0;
};

// "host:80", "1.2.3.4:80", "[::1]:80". kInvalid: it is something else.
Result<HostPort> parse_host_port(std::string_view text);
// 1 to 65535. kInvalid: it is something else.
Result<uint16_t> parse_port(std::string_view text);

}  // namespace sheen
