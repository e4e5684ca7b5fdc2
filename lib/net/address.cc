// SPDX-License-Identifier: Apache-2.0
#include "lib/net/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/host_port.h"

namespace sheen::net {
namespace {

constexpr std::string_view kTcp = "tcp://";

}  // namespace

bool is_ipc(std::string_view address) { return address.starts_with("ipc://"); }

std::string_view host_of(std::string_view address) {
  if (!address.starts_with(kTcp)) return {};
  const std::string_view place = address.substr(kTcp.size());
  const size_t colon = place.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : place.substr(0, colon);
}

std::optional<uint16_t> port_of(std::string_view address) {
  const std::string_view host = host_of(address);
  if (host.empty()) return std::nullopt;
  const auto port = parse_port(address.substr(kTcp.size() + host.size() + 1));
  return port ? std::optional(*port) : std::nullopt;
}

std::string in_brackets(std::string_view host) {
  const bool bare_v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return bare_v6 ? fmt::format("[{}]", host) : std::string(host);
}

Address tcp_address(std::string_view node, uint16_t usual_port) {
  if (node.find("://") != std::string_view::npos) return Address(node);
  const bool has_port = node.starts_with('[') ? node.find("]:") != std::string_view::npos
                                              : std::count(node.begin(), node.end(), ':') == 1;
  if (has_port) return fmt::format("{}{}", kTcp, node);
  return fmt::format("{}{}:{}", kTcp, in_brackets(node), usual_port);
}

}  // namespace sheen::net
