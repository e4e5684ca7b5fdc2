// SPDX-License-Identifier: Apache-2.0
#include "lib/client/mount_spec.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/base/host_port.h"
#include "lib/base/ids.h"
#include "lib/net/address.h"
#include "lib/rpc/cluster_map.h"

namespace sheen::client {
namespace {

Error malformed(std::string_view text, std::string_view why) {
  return {Errc::kInvalid,
          fmt::format("'{}': {}; write HOST[:PORT][:HOST2[:PORT2]]:/FSNAME, for instance "
                      "mgs1:mgs2:/demo",
                      text, why)};
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

Result<MountSpec> MountSpec::parse(std::string_view text) {
  const size_t slash = text.rfind(":/");
  if (slash == std::string_view::npos)
    return malformed(text, "no ':/' before the file system's name");
  MountSpec out;
  out.fsname = text.substr(slash + 2);
  if (auto status = check_fsname(out.fsname); !status)
    return malformed(text, status.error().detail());

  std::string_view rest = text.substr(0, slash);
  while (true) {
    std::string_view part;
    const bool bracketed = rest.starts_with('[');
    if (bracketed) {
      const size_t close = rest.find(']');
      if (close == std::string_view::npos) return malformed(text, "'[' without ']'");
      part = rest.substr(1, close - 1);
      rest.remove_prefix(close + 1);
      if (!rest.empty() && rest.front() != ':') return malformed(text, "no ':' after ']'");
    } else {
      part = rest.substr(0, rest.find(':'));
      rest.remove_prefix(part.size());
    }
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
             c == ':' || c == '%';
    });
    if (part.empty()) return malformed(text, "an MGS host is empty");
    if (!plain) return malformed(text, fmt::format("'{}' is not a host name or address", part));
    if (bracketed || !is_number(part)) {
      out.nodes.push_back({std::string(part), 0});
    } else {
      const auto port = parse_port(part);
      if (!port) return malformed(text, port.error().detail());
      if (out.nodes.empty() || out.nodes.back().port != 0)
        return malformed(text, fmt::format("no host before port {}", part));
      out.nodes.back().port = *port;
    }
    if (rest.empty()) break;
    rest.remove_prefix(1);
  }
  return out;
}

std::vector<std::string> MountSpec::mgs_nodes() const {
  std::vector<std::string> out;
  for (const MgsNode& node : nodes) {
    std::string name = net::in_brackets(node.host);
    if (node.port != 0 && node.port != rpc::kMgsPort) name += fmt::format(":{}", node.port);
    out.push_back(std::move(name));
  }
  return out;
}

void MountSpec::set_port(uint16_t port) {
  for (MgsNode& node : nodes)
    if (node.port == 0) node.port = port;
}

std::string MountSpec::to_string() const {
  std::string out;
  for (const std::string& node : mgs_nodes()) out += node + ":";
  return out + "/" + fsname;
}

}  // namespace sheen::client
