// SPDX-License-Identifier: Apache-2.0
// Proves that the simulated network carries messages as the real one does, makes the faults it is
// told to make, and repeats itself exactly from its seed.
#include <boost/test/unit_test.hpp>

#include "tests/sim/sim_transport.h"

namespace sheen::sim {
namespace {

wire::Message message(uint64_t xid) {
  wire::Message out;
  out.header.opcode = wire::Opcode::kPing;
  out.header.xid = xid;
  out.body = Buffer::copy_of("body");
  return out;
}

struct Fixture {
  SimClock clock;
  SimNetwork network{clock, 5};
  std::unique_ptr<net::Transport> server = network.endpoint("server", "host");
  std::unique_ptr<net::Transport> client = network.endpoint("client", "host");
  std::unique_ptr<net::Listener> listener = std::move(*server->listen({"tcp://server:*"}));
  std::unique_ptr<net::Link> link = std::move(*client->connect(listener->addresses()[0]));

  void run_for(int64_t ns) { network.advance_to(clock.monotonic() + ns); }
  void connect() {
    run_for(kMillisecond);
    BOOST_REQUIRE(link->state() == net::LinkState::kUp);
  }
  std::vector<uint64_t> received() {
    std::vector<uint64_t> out;
    while (auto one = listener->receive()) out.push_back(one->message.header.xid);
    return out;
  }
};

// Everything that arrived and when, of a run full of faults.
std::vector<std::pair<MonotonicNs, uint64_t>> history(uint64_t seed) {
  SimClock clock;
  SimNetwork network(clock, seed);
  SimFaults faults;
  faults.drop = faults.duplicate = faults.reorder = 200'000;
  network.set_faults(faults);
  const auto server = network.endpoint("server", "host");
  const auto client = network.endpoint("client", "host");
  const auto listener = std::move(*server->listen({"tcp://server:1"}));
  const auto link = std::move(*client->connect("tcp://server:1"));
  network.advance_to(clock.monotonic() + kSecond);
  for (uint64_t xid = 1; xid <= 100; ++xid) BOOST_TEST(link->send(message(xid)).has_value());
  std::vector<std::pair<MonotonicNs, uint64_t>> out;
  while (network.next_event_time() != kNever) {
    network.advance_to(network.next_event_time());
    while (auto one = listener->receive())
      out.emplace_back(clock.monotonic(), one->message.header.xid);
  }
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(simulated_network, Fixture)

BOOST_AUTO_TEST_CASE(messages_arrive_in_order_after_a_delay_and_are_answered) {
  connect();
  for (uint64_t xid = 1; xid <= 20; ++xid) BOOST_TEST(link->send(message(xid)).has_value());
  BOOST_TEST(!listener->receive());
  run_for(kMillisecond);
  for (uint64_t xid = 1; xid <= 20; ++xid) {
    const auto got = listener->receive();
    BOOST_REQUIRE(got);
    BOOST_TEST(got->message.header.xid == xid);
    BOOST_TEST(got->message.body.view() == "body");
    BOOST_TEST(listener->send(got->peer, message(xid + 100)).has_value());
  }
  run_for(kMillisecond);
  BOOST_TEST(link->receive()->header.xid == 101U);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_history) {
  BOOST_TEST((history(1) == history(1)));
  BOOST_TEST((history(1) != history(2)));
}

BOOST_AUTO_TEST_CASE(faults_happen_at_their_rates) {
  connect();
  SimFaults faults;
  faults.drop = 1'000'000;
  network.set_faults(faults);
  BOOST_TEST(link->send(message(1)).has_value());
  faults.drop = 0;
  faults.duplicate = 1'000'000;
  network.set_faults(faults);
  BOOST_TEST(link->send(message(2)).has_value());
  run_for(10 * kMillisecond);
  BOOST_TEST((received() == std::vector<uint64_t>{2, 2}));
  BOOST_TEST(network.counters().dropped == 1U);
  BOOST_TEST(network.counters().duplicated == 1U);
}

BOOST_AUTO_TEST_CASE(a_one_way_partition_lets_the_other_way_through) {
  connect();
  BOOST_TEST(link->send(message(1)).has_value());
  run_for(kMillisecond);
  const net::PeerId peer = listener->receive()->peer;
  network.block("client", "server", true);
  BOOST_TEST(link->send(message(2)).has_value());
  BOOST_TEST(listener->send(peer, message(3)).has_value());
  run_for(kMillisecond);
  BOOST_TEST(received().empty());
  BOOST_TEST(link->receive()->header.xid == 3U);
  run_for(10 * kSecond);
  BOOST_TEST((link->state() == net::LinkState::kDown));
}

BOOST_AUTO_TEST_CASE(peers_of_a_dead_endpoint_notice_at_once_or_later) {
  connect();
  SimFaults faults;
  faults.death_notice_max_ns = kSecond;
  network.set_faults(faults);
  network.kill("server");
  BOOST_TEST((link->state() == net::LinkState::kUp));
  run_for(kSecond);
  BOOST_TEST((link->state() == net::LinkState::kDown));
  BOOST_TEST((link->send(message(1)).code() == Errc::kNotConnected));

  const auto refused = std::move(*client->connect(listener->addresses()[0]));
  run_for(kMillisecond);
  BOOST_TEST((refused->state() == net::LinkState::kDown));

  network.set_faults({});
  server = network.endpoint("server", "host");
  listener = std::move(*server->listen({"tcp://server:9"}));
  link = std::move(*client->connect("tcp://server:9"));
  connect();
  network.kill("server");
  BOOST_TEST((link->state() == net::LinkState::kDown));
}

BOOST_AUTO_TEST_CASE(unix_sockets_are_reachable_on_their_host_only) {
  const auto ipc = std::move(*server->listen({"ipc://@x"}));
  const auto far = network.endpoint("far", "elsewhere");
  const auto near_link = std::move(*client->connect("ipc://@x"));
  const auto far_link = std::move(*far->connect("ipc://@x"));
  run_for(kMillisecond);
  BOOST_TEST((near_link->state() == net::LinkState::kUp));
  BOOST_TEST((far_link->state() == net::LinkState::kDown));
}

BOOST_AUTO_TEST_CASE(an_address_is_taken_once) {
  BOOST_TEST((client->listen(listener->addresses()).code() == Errc::kBusy));
  const net::Address address = listener->addresses()[0];
  listener.reset();
  BOOST_TEST(client->listen({address}).has_value());
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_fills_its_queue) {
  connect();
  Status sent = ok();
  for (uint64_t xid = 1; xid < 100'000 && sent; ++xid) sent = link->send(message(xid));
  BOOST_TEST((sent.code() == Errc::kAgain));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::sim
