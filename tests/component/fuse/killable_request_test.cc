// SPDX-License-Identifier: Apache-2.0
// A request whose caller has a signal is answered once: by the call, unless the caller is killed.
#include "client-fuse/killable_request.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "client-fuse/caller.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/net/zmq_transport.h"
#include "tests/component/fuse/kernel_fixture.h"

namespace sheen::fuse {
namespace {

constexpr uint32_t kReadlink = 5;
constexpr uint32_t kInterrupt = 36;

client::Done<int> outstanding;

struct Fixture {
  Fixture() {
    fuse_lowlevel_ops table{};
    table.readlink = [](fuse_req_t req, fuse_ino_t) {
      outstanding = unless_killed<int>(
          Request(req), [](Request request, Result<int>) { request.bytes("target"); });
    };
    session = std::move(*Session::create(table, &fs, counters));
    BOOST_REQUIRE(session->attach(kernel.take_device()));
    uapi::InitIn init{};
    init.major = 7;
    init.minor = 40;
    kernel.request(uapi::kInit, 0, bytes_of(init));
    BOOST_REQUIRE(session->negotiate(1000));
    kernel.reply();
  }
  ~Fixture() { outstanding = nullptr; }
  uint64_t ask(uint32_t opcode, const std::string& argument) {
    const uint64_t unique = kernel.request(opcode, 5, argument);
    BOOST_TEST(static_cast<int>(session->serve_one()) ==
               static_cast<int>(Session::Served::kRequest));
    return unique;
  }

  FakeKernel kernel;
  Counters counters;
  SystemClock clock;
  SystemRandom random;
  net::ZmqTransport transport{net::ZmqContext::process()};
  client::Client client{transport, clock, random, {}};
  Filesystem fs{.client = client};
  std::unique_ptr<Session> session;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(killable_request, Fixture)

BOOST_AUTO_TEST_CASE(a_signal_that_does_not_kill_leaves_the_request_alone) {
  const uint64_t unique = ask(kReadlink, "");
  ask(kInterrupt, bytes_of(unique));
  BOOST_TEST(kernel.reply().none);
  BOOST_TEST(fs.interrupted.size() == 1U);
  answer_killed(fs);
  BOOST_TEST(fs.interrupted.size() == 1U);
  outstanding(0);
  const FakeKernel::Reply reply = kernel.reply();
  BOOST_TEST(reply.header.unique == unique);
  BOOST_TEST(reply.payload == "target");
  BOOST_TEST(kernel.reply().none);
  outstanding = nullptr;
  answer_killed(fs);
  BOOST_TEST(fs.interrupted.empty());
}

BOOST_AUTO_TEST_CASE(a_call_that_is_thrown_away_answers_its_request) {
  ask(kReadlink, "");
  outstanding = nullptr;
  BOOST_TEST(kernel.reply().header.error == -EIO);
}

BOOST_AUTO_TEST_CASE(a_process_that_lives_is_not_being_killed) {
  BOOST_TEST(!is_being_killed(static_cast<uint32_t>(getpid())));
  BOOST_TEST(!is_being_killed(0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::fuse
