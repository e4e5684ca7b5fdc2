// SPDX-License-Identifier: Apache-2.0
#pragma once

// NameCache: host names to numbers, without waiting. ZeroMQ looks names up (getaddrinfo(3)) on its
// I/O thread, where a name server that does not answer stops every connection of the process; so it
// is given numbers only.
//
// The first to ask for a name gets kAgain, and asks again later as after any failed attempt to
// connect. A name that is known is answered at once with what it was last, and looked up anew
// beside that when this is older than kFresh: a move of the name is seen by one of the next
// attempts, and a name server that is away harms nobody who has been connected once.
//
// Any thread. Each look-up has a short-lived thread; never two for one name.

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/net/transport.h"

namespace sheen::net {

class NameCache {
 public:
  // A number as ZeroMQ takes it, "10.0.0.1" or "[fe80::1]". Blocks.
  using Lookup = Result<std::string> (*)(const std::string& host);

  static constexpr int64_t kFresh = 10 * kSecond;

  explicit NameCache(Lookup lookup, int64_t fresh_ns = kFresh);
  // Of this process, with getaddrinfo(3): the first IPv4 address, or else the first IPv6 address.
  static NameCache& process();

  // The address with its host as a number. Addresses that name no host are returned as they are.
  // kAgain: not known yet. kNotConnected: there is no such name.
  Result<Address> numeric(const Address& address);

 private:
  struct State;
  Result<std::string> find(const std::string& host);

  const int64_t fresh_ns_;
  const std::shared_ptr<State> state_;  // threads may outlive this
};

}  // namespace sheen::net
