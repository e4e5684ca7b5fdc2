// SPDX-License-Identifier: Apache-2.0
#include "lib/net/name_cache.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <netdb.h>

#include <fmt/format.h>

#include "lib/base/clock.h"

namespace sheen::net {
namespace {

// Names come from command lines and configurations; this is only so that no bug fills the memory.
constexpr size_t kNamesMax = 4096;

bool is_number(const std::string& host) {
  in_addr ipv4{};
  return host.starts_with('[') || inet_pton(AF_INET, host.c_str(), &ipv4) == 1;
}

Result<std::string> ask_resolver(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int outcome = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (outcome != 0)
    return Error(Errc::kNotConnected, fmt::format("{}: {}", host, gai_strerror(outcome)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  // IPv4 first: a name may have an IPv6 address that the server does not serve.
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
      if (one->ai_family != family) continue;
      std::array<char, NI_MAXHOST> text{};
      if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0)
        continue;
      return family == AF_INET ? std::string(text.data()) : fmt::format("[{}]", text.data());
    }
  }
  return Error(Errc::kNotConnected, host + ": the name has no address");
}

}  // namespace

struct NameCache::State {
  struct Name {
    std::optional<Result<std::string>> last;
    MonotonicNs looked_up = 0;
    bool asking = false;
  };

  void learned(const std::string& host, Result<std::string> answer) {
    const std::lock_guard lock(mutex);
    Name& name = names[host];
    name.asking = false;
    name.looked_up = clock.monotonic();
    // A name that was known does not vanish because its server is in trouble.
    if (answer || !name.last || !*name.last) name.last = std::move(answer);
  }

  explicit State(Lookup lookup_in) : lookup(lookup_in) {}

  const Lookup lookup;
  const SystemClock clock;
  std::mutex mutex;
  std::map<std::string, Name> names;
};

NameCache::NameCache(Lookup lookup, int64_t fresh_ns)
    : fresh_ns_(fresh_ns), state_(std::make_shared<State>(lookup)) {}

NameCache& NameCache::process() {
  static NameCache cache(&ask_resolver);
  return cache;
}

Result<Address> NameCache::numeric(const Address& address) {
  const std::string host(host_of(address));
  if (host.empty() || is_number(host)) return address;
  SHEEN_ASSIGN(const std::string number, find(host));
  return fmt::format("tcp://{}{}", number, address.substr(address.rfind(':')));
}

Result<std::string> NameCache::find(const std::string& host) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->names.contains(host) && state_->names.size() >= kNamesMax)
    return Error(Errc::kNoMemory, "too many host names");
  State::Name& name = state_->names[host];
  const bool fresh =
      name.last && *name.last && state_->clock.monotonic() - name.looked_up < fresh_ns_;
  if (!fresh && !name.asking) {
    // Signals belong to other threads of the process.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      std::thread([state = state_, host] { state->learned(host, state->lookup(host)); }).detach();
      name.asking = true;
    } catch (const std::system_error& e) {
      if (!name.last || !*name.last)
        name.last = Error(Errc::kAgain, fmt::format("{}: {}", host, e.what()));
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  if (!name.last) return Error(Errc::kAgain, host + ": the name is being looked up");
  return *name.last;
}

}  // namespace sheen::net
