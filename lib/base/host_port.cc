// SPDX-License-Identifier: Apache-2.0
#include "lib/base/host_port.h"

#include <charconv>

#include <fmt/format.h>

namespace sheen {

Result<HostPort> parse_host_port(std::string_view text) {
  const Error none(Errc::kInvalid, fmt::format("'{}' is not HOST:PORT", text));
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return none;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Of an IPv6 address without brackets nobody knows where it ends.
  if (!port || host.empty() || (!bracketed && host.find(':') != std::string_view::npos))
    return none;
  return HostPort{std::string(host), *port};
}

Result<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return Error(Errc::kInvalid, fmt::format("'{}' is no port from 1 to {}", text, UINT16_MAX));
  return port;
}

}  // namespace sheen
