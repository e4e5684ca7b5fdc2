// SPDX-License-Identifier: Apache-2.0
#include "lib/client/mount_spec.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/base/ids.h"

namespace sheen::client {
namespace {

Error malformed(std::string_view text, std::string_view why) {
  return {
      Errc::kInvalid,
      fmt::format("'{}': {}; write HOST[:HOST2]:/FSNAME, for instance mgs1:mgs2:/demo", text, why)};
}

}  // namespace

Result<MountSpec> MountSpec::parse(std::string_view text) {
  const size_t slash = text.rfind(":/");
  if (slash == std::string_view::npos)
    return malformed(text, "no ':/' before the file system's name");
  MountSpec out;
  out.fsname = text.substr(slash + 2);
  if (auto status = check_fsname(out.fsname); !status)
    return malformed(text, status.error().message());

  std::string_view rest = text.substr(0, slash);
  while (true) {
    std::string_view host;
    if (rest.starts_with('[')) {
      const size_t close = rest.find(']');
      if (close == std::string_view::npos) return malformed(text, "'[' without ']'");
      host = rest.substr(1, close - 1);
      rest.remove_prefix(close + 1);
      if (!rest.empty() && rest.front() != ':') return malformed(text, "no ':' after ']'");
    } else {
      host = rest.substr(0, rest.find(':'));
      rest.remove_prefix(host.size());
    }
    const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
             c == ':' || c == '%';
    });
    if (host.empty()) return malformed(text, "an MGS host is empty");
    if (!plain) return malformed(text, fmt::format("'{}' is not a host name or address", host));
    out.hosts.emplace_back(host);
    if (rest.empty()) break;
    rest.remove_prefix(1);
  }
  return out;
}

std::vector<std::string> MountSpec::mgs_nodes(uint16_t port) const {
  std::vector<std::string> out;
  for (const std::string& host : hosts) {
    const bool v6 = host.find(':') != std::string::npos;
    const std::string name = v6 ? fmt::format("[{}]", host) : host;
    out.push_back(port == 0 ? name : fmt::format("{}:{}", name, port));
  }
  return out;
}

std::string MountSpec::to_string() const {
  std::string out;
  for (const std::string& node : mgs_nodes(0)) out += node + ":";
  return out + "/" + fsname;
}

}  // namespace sheen::client
