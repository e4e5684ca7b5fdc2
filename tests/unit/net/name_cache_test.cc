// SPDX-License-Identifier: Apache-2.0
// Proves that nobody waits for a name server, that a name which was known stays known, and that a
// name which moves is followed.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "lib/base/clock.h"
#include "lib/net/name_cache.h"

namespace sheen::net {
namespace {

// The name server of these tests.
std::mutex g_mutex;
Result<std::string> g_answer = std::string();
std::atomic<bool> g_hangs = false;
std::atomic<int> g_asked = 0;

Result<std::string> look_up(const std::string&) {
  ++g_asked;
  while (g_hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::lock_guard lock(g_mutex);
  return g_answer;
}

struct Fixture {
  Fixture() {
    g_asked = 0;
    answers("10.1.1.1");
  }
  ~Fixture() { g_hangs = false; }

  static void answers(Result<std::string> answer) {
    const std::lock_guard lock(g_mutex);
    g_answer = std::move(answer);
  }
  std::string ask(const Address& address) {
    auto out = cache.numeric(address);
    return out ? *out : std::string(errc_info(out.error().code()).name);
  }
  // Asks until it is `wanted`, five seconds at most; returns the last answer.
  std::string ask_until(const Address& address, const std::string& wanted) {
    const MonotonicNs end = SystemClock().monotonic() + 5 * kSecond;
    std::string got = ask(address);
    while (got != wanted && SystemClock().monotonic() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      got = ask(address);
    }
    return got;
  }

  NameCache cache{&look_up, 0};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(name_cache, Fixture)

BOOST_AUTO_TEST_CASE(numbers_and_unix_sockets_are_not_looked_up) {
  for (const Address address : {"tcp://10.0.0.1:7990", "tcp://[fe80::1]:7990", "tcp://[::1%lo]:1",
                                "ipc://@sheen/x", "tcp://nothing", "tcp://:1", ""})
    BOOST_TEST(ask(address) == address);
  BOOST_TEST(g_asked == 0);
}

BOOST_AUTO_TEST_CASE(a_name_is_told_when_it_is_known) {
  BOOST_TEST(ask("tcp://mgs1:7990") == "again");
  BOOST_TEST(ask_until("tcp://mgs1:7990", "tcp://10.1.1.1:7990") == "tcp://10.1.1.1:7990");
}

BOOST_AUTO_TEST_CASE(while_the_name_server_hangs_nobody_waits_and_it_is_asked_once) {
  g_hangs = true;
  for (int i = 0; i < 100; ++i) BOOST_TEST(ask("tcp://mgs1:7990") == "again");
  g_hangs = false;
  ask_until("tcp://mgs1:7990", "tcp://10.1.1.1:7990");
  g_hangs = true;
  const int before = g_asked;
  for (int i = 0; i < 100; ++i) BOOST_TEST(ask("tcp://mgs1:7990") == "tcp://10.1.1.1:7990");
  BOOST_TEST(g_asked - before <= 2);
}

BOOST_AUTO_TEST_CASE(a_name_that_moves_is_followed) {
  ask_until("tcp://mgs1:7990", "tcp://10.1.1.1:7990");
  answers("[fe80::1]");
  BOOST_TEST(ask_until("tcp://mgs1:7990", "tcp://[fe80::1]:7990") == "tcp://[fe80::1]:7990");
}

BOOST_AUTO_TEST_CASE(a_name_that_was_known_does_not_vanish) {
  ask_until("tcp://mgs1:7990", "tcp://10.1.1.1:7990");
  answers(Errc::kNotConnected);
  const int before = g_asked;
  while (g_asked < before + 3) BOOST_REQUIRE(ask("tcp://mgs1:7990") == "tcp://10.1.1.1:7990");
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_asked_for_again) {
  answers(Errc::kNotConnected);
  BOOST_TEST(ask_until("tcp://mgs1:7990", "not_connected") == "not_connected");
  answers("10.1.1.1");
  BOOST_TEST(ask_until("tcp://mgs1:7990", "tcp://10.1.1.1:7990") == "tcp://10.1.1.1:7990");
}

BOOST_AUTO_TEST_CASE(an_answer_is_used_for_a_while) {
  NameCache patient(&look_up);
  while (!patient.numeric("tcp://mgs1:7990")) std::this_thread::yield();
  const int before = g_asked;
  for (int i = 0; i < 100; ++i) BOOST_TEST(patient.numeric("tcp://mgs1:7990").has_value());
  BOOST_TEST(g_asked == before);
}

BOOST_AUTO_TEST_CASE(the_process_knows_localhost) {
  NameCache& process = NameCache::process();
  Result<Address> found = process.numeric("tcp://localhost:1");
  const MonotonicNs end = SystemClock().monotonic() + 5 * kSecond;
  while (!found && SystemClock().monotonic() < end) found = process.numeric("tcp://localhost:1");
  BOOST_TEST(found.value_or("") == "tcp://127.0.0.1:1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::net
