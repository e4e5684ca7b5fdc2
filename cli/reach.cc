// SPDX-License-Identifier: Apache-2.0
#include "cli/reach.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/host_port.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

// One connection attempt; its socket is closed with it.
class Attempt {
 public:
  int fd() const { return fd_.get(); }

  void begin(const HostPort& place, ReachedPeer& peer) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = fmt::to_string(place.port);
    if (const int error = ::getaddrinfo(place.host.c_str(), port.c_str(), &hints, &found);
        error != 0) {
      peer.why_not = ::gai_strerror(error);
      return;
    }
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    fd_ = UniqueFd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_.good() || ::connect(fd_.get(), found->ai_addr, found->ai_addrlen) != 0)
      settle(errno, peer);
    else
      peer.reached = true;
  }
  void end(ReachedPeer& peer) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0)
      peer.reached = true;
    else
      settle(error, peer);
  }

 private:
  static void settle(int error, ReachedPeer& peer) {
    if (error == EINPROGRESS) return;
    peer.reached = error == ECONNREFUSED || error == ECONNRESET;
    if (!peer.reached) peer.why_not = std::strerror(error);
  }

  UniqueFd fd_;
};

bool is_settled(const ReachedPeer& peer) { return peer.reached || !peer.why_not.empty(); }

}  // namespace

Result<std::vector<ReachedPeer>> reach(const std::vector<std::string>& peers, int timeout_ms) {
  std::vector<ReachedPeer> out;
  std::vector<Attempt> attempts(peers.size());
  for (size_t i = 0; i < peers.size(); ++i) {
    SHEEN_ASSIGN(const HostPort place, parse_host_port(peers[i]));
    out.push_back({peers[i], false, {}});
    attempts[i].begin(place, out.back());
  }

  const SystemClock clock;
  const MonotonicNs deadline = clock.monotonic() + int64_t{timeout_ms} * kMillisecond;
  while (!std::all_of(out.begin(), out.end(), is_settled)) {
    std::vector<pollfd> waits;
    std::vector<size_t> whose;
    for (size_t i = 0; i < out.size(); ++i) {
      if (is_settled(out[i])) continue;
      waits.push_back({attempts[i].fd(), POLLOUT, 0});
      whose.push_back(i);
    }
    const int64_t left = deadline - clock.monotonic();
    if (left <= 0) break;
    if (::poll(waits.data(), waits.size(), static_cast<int>(left / kMillisecond) + 1) <= 0)
      continue;
    for (size_t w = 0; w < waits.size(); ++w)
      if (waits[w].revents != 0) attempts[whose[w]].end(out[whose[w]]);
  }
  for (ReachedPeer& peer : out)
    if (!is_settled(peer)) peer.why_not = fmt::format("no answer within {} ms", timeout_ms);
  return out;
}

}  // namespace sheen::cli
