// SPDX-License-Identifier: Apache-2.0
// Proves that a host is told from the service on it: whoever accepts or refuses is reached.
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/reach.h"

using namespace sheen;
using namespace sheen::cli;

namespace {

// A bound port: with listen() one that accepts, without one that refuses.
struct Port {
  explicit Port(bool listens) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    if (listens) BOOST_REQUIRE(::listen(fd, 1) == 0);
    BOOST_REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    peer = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  }
  ~Port() { ::close(fd); }
  int fd;
  std::string peer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reaching)

BOOST_AUTO_TEST_CASE(who_accepts_and_who_refuses_are_reached) {
  const Port accepts(true);
  const Port refuses(false);
  const auto peers = reach({accepts.peer, refuses.peer}, 1000);
  BOOST_REQUIRE(peers.has_value() && peers->size() == 2);
  for (const ReachedPeer& peer : *peers) {
    BOOST_TEST(peer.reached, peer.peer);
    BOOST_TEST(peer.why_not == "");
  }
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_is_not_reached_and_says_why) {
  const auto peers = reach({"nonexistinghost.invalid:7988"}, 100);
  BOOST_REQUIRE(peers.has_value());
  BOOST_TEST(!peers->front().reached);
  BOOST_TEST(peers->front().why_not != "");
}

BOOST_AUTO_TEST_CASE(what_is_no_peer_is_refused) {
  for (const char* peer : {"host", "host:", ":7988", "host:port", "host:70000", ""})
    BOOST_TEST(!reach({peer}, 100).has_value(), peer);
}

BOOST_AUTO_TEST_SUITE_END()
