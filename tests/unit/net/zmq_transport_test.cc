// SPDX-License-Identifier: Apache-2.0
// Proves that messages pass the real transport undamaged and uncopied, that a dead peer is noticed
// at once, and that malformed, oversize and unread messages harm nobody.
#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <zmq.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/event_queue.h"
#include "lib/base/limits.h"
#include "lib/net/zmq_transport.h"

namespace sheen::net {
namespace {

const Address kTcp = "tcp://127.0.0.1:*";

Address unused_ipc() {
  static int counter = 0;
  return fmt::format("ipc://@sheen/test-{}-{}", getpid(), counter++);
}

wire::Message message(uint64_t xid, Buffer body = Buffer::copy_of("body"), Buffer bulk = {}) {
  wire::Message out;
  out.header.opcode = wire::Opcode::kPing;
  out.header.xid = xid;
  out.body = std::move(body);
  out.bulk = std::move(bulk);
  return out;
}

Buffer pattern(size_t size, uint8_t seed) {
  Buffer out = Buffer::allocate(size);
  for (size_t i = 0; i < size; ++i)
    out.mutable_data()[i] = static_cast<uint8_t>(i * 31 + i / 251 + seed);
  return out;
}

struct Fixture {
  ZmqTransport transport{ZmqContext::process()};
  const SystemClock clock;

  // Waits and looks until `until` holds.
  template <class Until>
  bool wait_for(Until until, int64_t limit = 5 * kSecond) {
    const MonotonicNs end = clock.monotonic() + limit;
    while (!until()) {
      const MonotonicNs now = clock.monotonic();
      if (now >= end) return false;
      transport.wait(end - now);
    }
    return true;
  }
  std::unique_ptr<Listener> listen(const Address& address) {
    auto listener = transport.listen({address});
    BOOST_REQUIRE(listener.has_value());
    return std::move(*listener);
  }
  std::unique_ptr<Link> connect(const Address& address) {
    auto link = transport.connect(address);
    BOOST_REQUIRE(link.has_value());
    BOOST_REQUIRE(wait_for([&] { return (*link)->state() == LinkState::kUp; }));
    return std::move(*link);
  }
  Received next(Listener& listener) {
    std::optional<Received> out;
    BOOST_REQUIRE(wait_for([&] { return (out = listener.receive()).has_value(); }));
    return std::move(*out);
  }
  wire::Message next(Link& link) {
    std::optional<wire::Message> out;
    BOOST_REQUIRE(wait_for([&] { return (out = link.receive()).has_value(); }));
    return std::move(*out);
  }
};

// A peer that knows nothing of our protocol.
struct Stranger {
  explicit Stranger(const Address& address, int receive_queue = 1000) {
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &receive_queue, sizeof receive_queue);
    zmq_connect(socket, address.c_str());
  }
  ~Stranger() { zmq_close(socket); }
  void send(const std::vector<Buffer>& frames) const {
    for (size_t i = 0; i < frames.size(); ++i)
      zmq_send(socket, frames[i].data(), frames[i].size(), i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
  }
  const std::shared_ptr<ZmqContext> context = ZmqContext::process();
  void* socket = zmq_socket(context->handle(), ZMQ_DEALER);
};

// A process with a ROUTER that never reads. It must not touch the context that it inherited.
struct ServerProcess {
  explicit ServerProcess(const Address& wanted) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(pipe(ends.data()) == 0);
    pid = fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
      void* router = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
      std::array<char, 256> bound{};
      size_t size = bound.size();
      if (zmq_bind(router, wanted.c_str()) != 0 ||
          zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, bound.data(), &size) != 0 ||
          write(ends[1], bound.data(), size) < 0)
        _exit(1);
      while (true) pause();
    }
    std::array<char, 256> bound{};
    BOOST_REQUIRE(read(ends[0], bound.data(), bound.size()) > 0);
    address = wanted.starts_with("ipc") ? wanted : Address(bound.data());
    close(ends[0]);
    close(ends[1]);
  }
  ~ServerProcess() { kill(); }
  void kill() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    pid = -1;
  }
  pid_t pid = -1;
  Address address;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(zmq_transport, Fixture)

BOOST_AUTO_TEST_CASE(messages_go_there_and_back_over_tcp_and_unix_sockets) {
  for (const Address& address : {kTcp, unused_ipc()}) {
    const auto listener = listen(address);
    const auto link = connect(listener->addresses()[0]);
    BOOST_TEST(link->send(message(1)).has_value());
    Received got = next(*listener);
    BOOST_TEST(got.status.has_value());
    BOOST_TEST(got.message.header.xid == 1U);
    BOOST_TEST(got.message.body.view() == "body");
    BOOST_TEST(listener->send(got.peer, message(2)).has_value());
    BOOST_TEST(next(*link).header.xid == 2U);
  }
}

BOOST_AUTO_TEST_CASE(one_listener_serves_several_addresses_with_their_real_ports) {
  const auto listener = std::move(*transport.listen({kTcp, unused_ipc(), kTcp}));
  BOOST_REQUIRE(listener->addresses().size() == 3U);
  uint64_t xid = 0;
  for (const Address& address : listener->addresses()) {
    BOOST_TEST(address.find('*') == Address::npos);
    const auto link = connect(address);
    BOOST_TEST(link->send(message(++xid)).has_value());
    BOOST_TEST(next(*listener).message.header.xid == xid);
  }
}

BOOST_AUTO_TEST_CASE(payloads_of_every_size_arrive_undamaged) {
  for (const Address& address : {kTcp, unused_ipc()}) {
    const auto listener = listen(address);
    const auto link = connect(listener->addresses()[0]);
    for (const size_t size : {size_t{1}, size_t{1000}, size_t{1025}, size_t{2049}, size_t{8191},
                              size_t{8192}, size_t{70001}, size_t{kBulkMax}}) {
      const Buffer body = pattern(std::min<size_t>(size, kBodyMax), 1);
      const Buffer bulk = pattern(size, 2);
      wire::Message request = message(size, body, bulk);
      request.header.flags |= wire::kFlagBulkCrc;
      BOOST_TEST(link->send(std::move(request)).has_value());
      Received got = next(*listener);
      BOOST_REQUIRE(got.status.has_value());
      BOOST_TEST((got.message.header.flags & wire::kFlagBulkCrc) != 0);
      BOOST_TEST((got.message.body.view() == body.view()));
      BOOST_TEST((got.message.bulk.view() == bulk.view()));
      // FlatBuffers reads words in place.
      BOOST_TEST(reinterpret_cast<uintptr_t>(got.message.body.data()) % 8 == 0U);
      BOOST_TEST(listener->send(got.peer, message(size, {}, got.message.bulk)).has_value());
      BOOST_TEST((next(*link).bulk.view() == bulk.view()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_large_payload_is_shared_until_the_kernel_has_it) {
  const auto listener = listen(unused_ipc());
  const auto link = connect(listener->addresses()[0]);
  const Buffer bulk = pattern(kBulkMax, 3);
  BOOST_TEST(link->send(message(1, {}, bulk)).has_value());
  (void)next(*listener);
  BOOST_TEST(wait_for([&] { return bulk.owner().use_count() == 1; }, kSecond));
}

BOOST_AUTO_TEST_CASE(a_received_buffer_outlives_link_and_transport) {
  Buffer kept;
  {
    ZmqTransport other(ZmqContext::process());
    const auto listener = listen(kTcp);
    const auto link = std::move(*other.connect(listener->addresses()[0]));
    // The link is the other transport's: this one hears nothing of it and would sleep too long.
    for (int tries = 0; tries < 2000 && link->state() == LinkState::kConnecting; ++tries)
      other.wait(kMillisecond);
    BOOST_TEST((link->state() == LinkState::kUp));
    BOOST_TEST(link->send(message(1, {}, pattern(100'000, 4))).has_value());
    kept = next(*listener).message.bulk;
  }
  BOOST_TEST((kept.view() == pattern(100'000, 4).view()));
}

BOOST_AUTO_TEST_CASE(links_and_listeners_may_outlive_their_transport) {
  std::unique_ptr<Link> link;
  std::unique_ptr<Listener> listener;
  {
    ZmqTransport other(ZmqContext::process());
    listener = std::move(*other.listen({kTcp}));
    link = std::move(*other.connect(listener->addresses()[0]));
  }
  // Nobody waits for their sockets any more, so only looking again and again finds the news.
  const MonotonicNs end = clock.monotonic() + 5 * kSecond;
  while (link->state() != LinkState::kUp && clock.monotonic() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  BOOST_TEST((link->state() == LinkState::kUp));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_goes_down_at_once) {
  Address address;
  {
    const auto listener = listen(kTcp);
    address = listener->addresses()[0];
  }
  for (const Address& dead : {address, unused_ipc()}) {
    // The closed listener's socket may take a moment to be gone.
    BOOST_TEST(wait_for([&] {
      const auto link = std::move(*transport.connect(dead));
      return wait_for([&] { return link->state() == LinkState::kDown; }, 200 * kMillisecond);
    }));
  }
}

BOOST_AUTO_TEST_CASE(a_killed_server_process_is_noticed_at_once) {
  for (const Address& wanted : {kTcp, unused_ipc()}) {
    ServerProcess server(wanted);
    const auto link = connect(server.address);
    const MonotonicNs before = clock.monotonic();
    server.kill();
    BOOST_TEST(wait_for([&] { return link->state() == LinkState::kDown; }));
    BOOST_TEST(clock.monotonic() - before < 100 * kMillisecond);
    BOOST_TEST((link->send(message(2)).code() == Errc::kNotConnected));
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_went_down_stays_down) {
  auto listener = listen(kTcp);
  const Address address = listener->addresses()[0];
  const auto link = connect(address);
  listener.reset();
  BOOST_TEST(wait_for([&] { return link->state() == LinkState::kDown; }));
  BOOST_TEST(wait_for([&] {
    auto again = transport.listen({address});
    if (again) listener = std::move(*again);
    return again.has_value();
  }));
  BOOST_TEST(!wait_for([&] { return link->state() != LinkState::kDown; }, 300 * kMillisecond));
  const auto fresh = connect(address);
  BOOST_TEST(fresh->send(message(1)).has_value());
  BOOST_TEST(next(*listener).message.header.xid == 1U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_gone_is_said_to_be) {
  const auto listener = listen(kTcp);
  auto link = connect(listener->addresses()[0]);
  BOOST_TEST(link->send(message(1)).has_value());
  const PeerId peer = next(*listener).peer;
  link.reset();
  BOOST_TEST(wait_for([&] {
    transport.wait(kMillisecond);
    return listener->send(peer, message(2)).code() == Errc::kNotConnected;
  }));
  BOOST_TEST((listener->send("nobody", message(2)).code() == Errc::kNotConnected));
}

BOOST_AUTO_TEST_CASE(malformed_messages_are_dropped_and_counted_or_answerable) {
  const auto listener = listen(kTcp);
  const Stranger stranger(listener->addresses()[0]);
  wire::Message whole = message(5);
  const std::vector<Buffer> good = wire::to_frames(whole, false);

  stranger.send({Buffer::copy_of("nonsense")});
  stranger.send({Buffer{}, Buffer{}});
  stranger.send({good[0], good[1], good[1], good[1]});
  stranger.send(std::vector<Buffer>(1000, Buffer::copy_of("x")));
  // A header that is whole, with a body that is not: the sender can be told.
  stranger.send({good[0], Buffer::copy_of("b0dy")});
  stranger.send({good[0]});
  stranger.send(good);

  const Received damaged = next(*listener);
  BOOST_TEST((damaged.status.code() == Errc::kBadRequest));
  BOOST_TEST(damaged.message.header.xid == 5U);
  BOOST_TEST((next(*listener).status.code() == Errc::kBadRequest));
  BOOST_TEST(next(*listener).status.has_value());
  BOOST_TEST(listener->dropped() == 4U);
}

BOOST_AUTO_TEST_CASE(an_oversize_frame_costs_its_sender_the_connection_and_nobody_else) {
  const auto listener = listen(kTcp);
  const auto link = connect(listener->addresses()[0]);
  const Stranger stranger(listener->addresses()[0]);
  stranger.send({Buffer::allocate(8 << 20)});
  BOOST_TEST(!wait_for([&] { return listener->receive().has_value(); }, 200 * kMillisecond));
  BOOST_TEST(link->send(message(1)).has_value());
  BOOST_TEST(next(*listener).message.header.xid == 1U);
}

BOOST_AUTO_TEST_CASE(garbage_from_a_server_is_dropped_and_counted) {
  const auto context = ZmqContext::process();
  void* router = zmq_socket(context->handle(), ZMQ_ROUTER);
  const int linger = 0;
  zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof linger);
  const Address address = unused_ipc();
  BOOST_REQUIRE(zmq_bind(router, address.c_str()) == 0);
  const auto link = connect(address);
  BOOST_TEST(link->send(message(1)).has_value());
  char id[16];
  const int id_bytes = zmq_recv(router, id, sizeof id, 0);
  BOOST_REQUIRE(id_bytes > 0);
  for (int i = 0; i < 5; ++i) {
    zmq_send(router, id, static_cast<size_t>(id_bytes), ZMQ_SNDMORE);
    zmq_send(router, "garbage", 7, 0);
  }
  BOOST_TEST(wait_for([&] {
    BOOST_TEST(!link->receive());
    return transport.dropped() == 5;
  }));
  zmq_close(router);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_gets_kAgain_and_others_their_replies) {
  ZmqOptions options;
  options.listener_send_queue = 4;
  ZmqTransport small(ZmqContext::process(), options);
  const auto listener = std::move(*small.listen({kTcp}));
  const auto link = connect(listener->addresses()[0]);
  const Stranger stranger(listener->addresses()[0], 1);
  wire::Message hello = message(1);
  stranger.send(wire::to_frames(hello, false));
  std::optional<Received> got;
  BOOST_TEST(wait_for([&] {
    small.wait(kMillisecond);
    return (got = listener->receive()).has_value();
  }));
  const Buffer bulk = pattern(kBulkMax, 5);
  Status sent = ok();
  for (int i = 0; i < 1000 && sent; ++i) sent = listener->send(got->peer, message(2, {}, bulk));
  BOOST_TEST((sent.code() == Errc::kAgain));

  BOOST_TEST(link->send(message(3)).has_value());
  BOOST_TEST(wait_for([&] {
    small.wait(kMillisecond);
    return (got = listener->receive()).has_value();
  }));
  BOOST_TEST(listener->send(got->peer, message(4)).has_value());
  BOOST_TEST(next(*link).header.xid == 4U);
}

BOOST_AUTO_TEST_CASE(a_full_link_says_kAgain_and_wakes_its_thread_when_there_is_room) {
  ZmqOptions options;
  options.link_send_queue = 4;
  options.listener_receive_queue = 2;
  ZmqTransport small(ZmqContext::process(), options);
  const auto listener = std::move(*small.listen({kTcp}));
  const auto link = std::move(*small.connect(listener->addresses()[0]));
  BOOST_TEST(wait_for([&] {
    small.wait(kMillisecond);
    return link->state() == LinkState::kUp;
  }));
  const Buffer bulk = pattern(kBulkMax, 6);
  Status sent = ok();
  int accepted = -1;
  for (; accepted < 1000 && sent; ++accepted) sent = link->send(message(1, {}, bulk));
  BOOST_REQUIRE((sent.code() == Errc::kAgain));
  int read = 0;
  bool room = false;
  const MonotonicNs end = clock.monotonic() + 10 * kSecond;
  while ((read < accepted || !room) && clock.monotonic() < end) {
    while (listener->receive()) ++read;
    if (!room && link->send(message(1, {}, bulk))) {
      room = true;
      ++accepted;
    }
    small.wait(kSecond);
  }
  BOOST_TEST(room);
  BOOST_TEST(read == accepted);
}

BOOST_AUTO_TEST_CASE(addresses_that_cannot_be_used_are_errors) {
  const auto listener = listen(kTcp);
  BOOST_TEST((transport.listen(listener->addresses()).code() == Errc::kBusy));
  BOOST_TEST((transport.listen({"ipc:///tmp/sheen.sock"}).code() == Errc::kInvalid));
  BOOST_TEST(!transport.listen({"nonsense"}).has_value());
  BOOST_TEST(!transport.connect("nonsense").has_value());
  BOOST_TEST(!transport.connect("foo://bar").has_value());
}

BOOST_AUTO_TEST_CASE(wait_tells_time_outs_messages_and_descriptors_apart) {
  const auto listener = listen(kTcp);
  const auto link = connect(listener->addresses()[0]);
  EventFd quiet;
  EventFd loud;
  const std::array<int, 2> fds{quiet.fd(), loud.fd()};
  // Whatever the connecting left behind.
  BOOST_TEST(wait_for([&] { return transport.wait(20 * kMillisecond, fds).timed_out(); }));

  const MonotonicNs before = clock.monotonic();
  BOOST_TEST(transport.wait(1500 * kMicrosecond, fds).timed_out());
  const int64_t slept = clock.monotonic() - before;
  BOOST_TEST(slept >= 1500 * kMicrosecond);

  loud.signal();
  WaitResult result = transport.wait(kSecond, fds);
  BOOST_TEST(result.readable(1));
  BOOST_TEST(!result.readable(0));
  BOOST_TEST(!result.messages);
  loud.drain();

  BOOST_TEST(link->send(message(1)).has_value());
  result = transport.wait(kSecond, fds);
  BOOST_TEST(result.messages);
  // Not read yet, so there is still something.
  BOOST_TEST(transport.wait(kSecond, fds).messages);
  loud.signal();
  result = transport.wait(kSecond, fds);
  BOOST_TEST(result.messages);
  BOOST_TEST(result.readable(1));
}

// The edge-triggered descriptor: whatever order of sends and receives, no message is slept over.
BOOST_AUTO_TEST_CASE(no_wakeup_is_lost_in_a_long_conversation) {
  const auto listener = listen(unused_ipc());
  const Address address = listener->addresses()[0];
  constexpr uint64_t kRounds = 3000;
  std::thread client([address] {
    ZmqTransport own(ZmqContext::process());
    own.set_spin_ns(5 * kMicrosecond);
    const auto link = std::move(*own.connect(address));
    while (link->state() != LinkState::kUp) own.wait(kSecond);
    uint64_t answered = 0;
    uint64_t asked = 0;
    while (answered < kRounds) {
      while (asked < kRounds && asked < answered + 1 + answered % 5 && link->send(message(asked)))
        ++asked;
      while (link->receive()) ++answered;
      if (asked > answered && own.wait(5 * kSecond).timed_out()) break;
    }
    // Runs on its own thread, where Boost.Test's checks must not be used.
    if (answered != kRounds) std::abort();
  });
  uint64_t served = 0;
  while (served < kRounds) {
    bool any = false;
    while (auto got = listener->receive()) {
      any = true;
      ++served;
      BOOST_TEST(listener->send(got->peer, message(got->message.header.xid)).has_value());
    }
    if (!any && transport.wait(5 * kSecond).timed_out()) break;
  }
  client.join();
  BOOST_TEST(served == kRounds);
}

BOOST_AUTO_TEST_CASE(the_host_id_names_boot_and_network_namespace) {
  const std::string id = transport.host_id();
  BOOST_TEST(id.size() > 37U);
  BOOST_TEST(id[36] == '/');
  BOOST_TEST(id == ZmqTransport(ZmqContext::process()).host_id());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::net
