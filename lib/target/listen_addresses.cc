// SPDX-License-Identifier: Apache-2.0
#include "lib/target/listen_addresses.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "lib/base/log.h"
#include "lib/base/unique_fd.h"

namespace sheen::target {
namespace {

// The numeric form of `host` if it is an address of this machine: only then can it be bound.
std::string local_address(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, freeaddrinfo);
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    const UniqueFd fd(socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Port 0: any.
    if (!fd.good() || bind(fd.get(), entry->ai_addr, entry->ai_addrlen) != 0) continue;
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0)
      return entry->ai_family == AF_INET6 ? fmt::format("[{}]", text.data()) : text.data();
  }
  return {};
}

}  // namespace

Result<ListenAddresses> listen_addresses(const TargetConfig& config,
                                         const std::string& override_host) {
  std::vector<std::string> hosts = config.service_nodes;
  if (!override_host.empty()) hosts = {override_host};
  ListenAddresses out;
  std::string tried;
  for (const std::string& host : hosts) {
    tried += (tried.empty() ? "" : ", ") + host;
    const std::string address = local_address(host);
    if (address.empty()) continue;
    out.control.push_back(fmt::format("tcp://{}:{}", address, config.port));
    if (config.label.kind == TargetKind::kOst)
      out.bulk.push_back(fmt::format("tcp://{}:{}", address, config.port + 1));
  }
  if (out.control.empty())
    return Error(
        Errc::kNotFound,
        fmt::format("none of the service nodes of {} ({}) is an address of this host; start "
                    "it on one of them, or name an address with --listen",
                    config.label.to_string(), tried));
  return out;
}

}  // namespace sheen::target
