// SPDX-License-Identifier: Apache-2.0
// Proves that an import keeps its callers' requests through lost messages, restarts, evictions and
// moves of a server: each change done once, in the right order, under its first xid.
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "lib/rpc/import.h"
#include "tests/unit/rpc/fake_server.h"

namespace sheen::rpc::test {
namespace {

using sim::SimClock;
using sim::SimNetwork;
using wire::Opcode;

const net::Address kAddress = "tcp://server:1";
const net::Address kBulkAddress = "tcp://server:2";
const net::Address kOtherAddress = "tcp://other:1";

struct Observer final : ImportObserver {
  void on_restate(Import& owner, UniqueFunction<void()> done) override {
    ++restates;
    if (hold_restate) {
      held = std::move(done);
      return;
    }
    Request request;
    request.opcode = Opcode::kRestate;
    owner.restate(std::move(request),
                  [done = std::move(done)](Result<wire::Message>) mutable { done(); });
  }
  void on_evicted(Import&) override { ++evictions; }
  void on_connected(Import&, const wire::ConnectReply&) override { ++connects; }
  void on_notice(Import&, const wire::Message&) override { ++notices; }

  bool hold_restate = false;
  UniqueFunction<void()> held;
  int restates = 0;
  int evictions = 0;
  int connects = 0;
  int notices = 0;
};

struct Fixture {
  Fixture() : network(clock, 1), transport(network.endpoint("client", "host-of-client")) {
    info.fsname = "demo";
    info.label = "demo-MDT0000";
    info.uuid.bytes[0] = 1;
    info.control = {kAddress};
    options.client.bytes[0] = 7;
    options.client_name = "test";
  }

  void start_server() {
    server = std::make_unique<FakeServer>(network, "server", store,
                                          std::vector<net::Address>{kAddress}, bulk);
  }
  void kill_server() {
    network.kill("server");
    server.reset();
  }
  void start_import() {
    import = std::make_unique<Import>(*transport, clock, random, info, options, &observer);
  }
  void start() {
    start_server();
    start_import();
    BOOST_REQUIRE(run([&] { return import->state() == ImportState::kFull; }));
  }

  // Lets everybody work until `until` holds; false after `limit` of virtual time.
  bool run(const std::function<bool()>& until, int64_t limit = 60 * kSecond) {
    const MonotonicNs end = clock.monotonic() + limit;
    while (!until()) {
      bool happened = import && import->step();
      for (FakeServer* one : {server.get(), other.get()})
        if (one != nullptr) happened |= one->step();
      if (happened) continue;
      if (clock.monotonic() >= end) return false;
      const MonotonicNs wakeup = import ? import->next_wakeup() : kNever;
      const MonotonicNs next = std::min({network.next_event_time(), wakeup, end});
      network.advance_to(std::max(next, clock.monotonic() + kMicrosecond));
    }
    return true;
  }
  void run_for(int64_t ns) {
    run([] { return false; }, ns);
  }

  struct Outcome {
    uint64_t xid = 0;
    int calls = 0;
    Errc code = Errc::kOk;
  };
  std::shared_ptr<Outcome> call(RequestKind kind, Opcode opcode, bool bulk_link = false,
                                bool of_session = false) {
    auto outcome = std::make_shared<Outcome>();
    Request request;
    request.opcode = opcode;
    request.kind = kind;
    request.bulk_link = bulk_link;
    request.of_session = of_session;
    outcome->xid =
        import->call(std::move(request), [this, outcome](const Result<wire::Message>& reply) {
          ++outcome->calls;
          outcome->code = reply.code();
          answered.push_back(outcome->xid);
        });
    return outcome;
  }
  std::shared_ptr<Outcome> change() { return call(RequestKind::kChange, Opcode::kMkdir); }
  std::shared_ptr<Outcome> read() { return call(RequestKind::kRead, Opcode::kLookup); }

  SimClock clock;
  SimNetwork network;
  SeededRandom random{2};
  std::unique_ptr<net::Transport> transport;
  TargetInfo info;
  ImportOptions options;
  Observer observer;
  std::vector<net::Address> bulk;
  FakeStore store;
  std::unique_ptr<FakeServer> server;
  std::unique_ptr<FakeServer> other;
  std::unique_ptr<Import> import;
  std::vector<uint64_t> answered;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(import_over_a_simulated_network, Fixture)

BOOST_AUTO_TEST_CASE(calls_made_before_the_connection_are_answered_after_it) {
  start_server();
  start_import();
  const auto one = read();
  const auto two = change();
  BOOST_TEST(run([&] { return one->calls == 1 && two->calls == 1; }));
  BOOST_TEST((import->state() == ImportState::kFull));
  BOOST_TEST(import->epoch() == 1U);
  BOOST_TEST(import->connected_address() == kAddress);
  BOOST_TEST(import->boot_id() == "boot");
  BOOST_TEST(observer.connects == 1);
  BOOST_TEST(import->in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(a_lost_reply_makes_the_request_go_again_with_its_xid_and_slot) {
  start();
  server->lose_replies = 1;
  const auto lost = change();
  BOOST_TEST(run([&] { return lost->calls == 1; }));
  const auto seen = server->seen_of(Opcode::kMkdir);
  BOOST_REQUIRE(seen.size() == 2U);
  BOOST_TEST(seen[0].header.xid == seen[1].header.xid);
  BOOST_TEST(seen[0].header.slot == seen[1].header.slot);
  BOOST_TEST((seen[0].header.flags & wire::kFlagResent) == 0);
  BOOST_TEST((seen[1].header.flags & wire::kFlagResent) != 0);
  BOOST_TEST(store.executions[lost->xid] == 1);
  BOOST_TEST(import->reconnects() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_restart_restating_comes_before_resending_before_new_requests) {
  start();
  server->parked = {Opcode::kMkdir, Opcode::kLookup};
  const auto sent_change = change();
  const auto sent_read = read();
  run_for(10 * kMillisecond);
  kill_server();
  run_for(10 * kMillisecond);
  const auto new_change = change();
  start_server();
  BOOST_TEST(run([&] { return new_change->calls == 1 && import->state() == ImportState::kFull; }));
  std::vector<Opcode> order;
  std::vector<uint64_t> xids;
  for (const Seen& one : server->seen) {
    order.push_back(one.header.opcode);
    xids.push_back(one.header.xid);
  }
  const std::vector<Opcode> expected{Opcode::kConnect, Opcode::kRestate, Opcode::kMkdir,
                                     Opcode::kLookup,  Opcode::kMkdir,   Opcode::kRecovered};
  BOOST_TEST((order == expected));
  BOOST_REQUIRE(xids.size() == 6U);
  BOOST_TEST(xids[2] == sent_change->xid);
  BOOST_TEST(xids[3] == sent_read->xid);
  BOOST_TEST(xids[4] == new_change->xid);
  for (size_t i = 1; i < server->seen.size(); ++i) BOOST_TEST(server->seen[i].header.epoch == 2U);
  BOOST_TEST(observer.restates == 1);
  BOOST_TEST(import->reconnects() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_of_callers_is_sent_while_the_observer_restates) {
  start();
  kill_server();
  const auto waiting = read();
  observer.hold_restate = true;
  start_server();
  BOOST_TEST(run([&] { return observer.restates == 1; }));
  run_for(kSecond);
  BOOST_TEST((import->state() == ImportState::kRecovering));
  BOOST_TEST(server->seen_of(Opcode::kLookup).empty());
  observer.held();
  BOOST_TEST(run([&] { return waiting->calls == 1 && import->state() == ImportState::kFull; }));
}

BOOST_AUTO_TEST_CASE(a_restatement_that_the_server_does_not_survive_is_done_again) {
  start();
  kill_server();
  observer.hold_restate = true;
  start_server();
  BOOST_TEST(run([&] { return observer.restates == 1; }));
  UniqueFunction<void()> outdated = std::move(observer.held);
  kill_server();
  run_for(10 * kMillisecond);
  start_server();
  BOOST_TEST(run([&] { return observer.restates == 2; }));
  outdated();
  run_for(kSecond);
  BOOST_TEST((import->state() == ImportState::kRecovering));
  observer.held();
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }));
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_without_a_restart_needs_no_restating) {
  start();
  server->parked = {Opcode::kMkdir};
  const auto sent = change();
  run_for(10 * kMillisecond);
  network.partition("client", "server", true);
  run_for(9 * kSecond);
  network.partition("client", "server", false);
  server->parked.clear();
  BOOST_TEST(run([&] { return sent->calls == 1; }));
  BOOST_TEST(observer.restates == 0);
  BOOST_TEST(import->reconnects() == 1U);
  BOOST_TEST(store.executions[sent->xid] == 1);
}

BOOST_AUTO_TEST_CASE(recovered_waits_for_resent_changes_but_not_for_waiting_locks) {
  start();
  server->parked = {Opcode::kMkdir, Opcode::kSetLock};
  const auto lock = call(RequestKind::kChange, Opcode::kSetLock);
  const auto held = change();
  run_for(10 * kMillisecond);
  kill_server();
  start_server();
  server->parked = {Opcode::kMkdir, Opcode::kSetLock};
  run_for(5 * kSecond);
  BOOST_TEST(server->seen_of(Opcode::kRecovered).empty());
  BOOST_TEST((import->state() == ImportState::kRecovering));
  server->parked = {Opcode::kSetLock};
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }));
  BOOST_TEST(held->calls == 1);
  BOOST_TEST(lock->calls == 0);
}

BOOST_AUTO_TEST_CASE(a_change_that_a_restarted_server_puts_off_stays_the_same_request) {
  start();
  server->parked = {Opcode::kWrite};
  const auto old = call(RequestKind::kChange, Opcode::kWrite, false, true);
  run_for(10 * kMillisecond);
  kill_server();
  start_server();
  server->refused[Opcode::kWrite] = Errc::kAgain;
  run_for(2 * kSecond);
  BOOST_TEST(old->calls == 0);
  BOOST_TEST(server->seen_of(Opcode::kRecovered).empty());
  BOOST_TEST(server->seen_of(Opcode::kWrite).size() > 1U);
  for (const Seen& one : server->seen_of(Opcode::kWrite)) BOOST_TEST(one.header.xid == old->xid);
  server->refused.clear();
  BOOST_TEST(run([&] { return old->calls == 1; }));
  BOOST_TEST((old->code == Errc::kOk));
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }));
}

BOOST_AUTO_TEST_CASE(a_life_that_has_heard_everything_is_not_told_again) {
  start();
  kill_server();
  start_server();
  server->parked = {Opcode::kRecovered};
  BOOST_REQUIRE(run([&] { return !server->seen_of(Opcode::kRecovered).empty(); }));
  BOOST_TEST(observer.restates == 1);
  server->take_all_for_recovered();
  network.partition("client", "server", true);
  run_for(20 * kSecond);
  network.partition("client", "server", false);
  server->parked.clear();
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }));
  BOOST_TEST(observer.restates == 1);
}

BOOST_AUTO_TEST_CASE(what_relies_on_the_session_is_sent_anew_after_recovered_only) {
  start();
  server->parked = {Opcode::kWrite};
  const auto old = call(RequestKind::kChange, Opcode::kWrite, false, true);
  run_for(10 * kMillisecond);
  kill_server();
  run_for(10 * kMillisecond);
  const auto fresh = call(RequestKind::kChange, Opcode::kWrite, false, true);
  start_server();
  BOOST_TEST(run([&] { return fresh->calls == 1; }));
  BOOST_TEST(old->calls == 1);
  std::vector<std::pair<Opcode, uint64_t>> order;
  for (const Seen& one : server->seen)
    if (one.header.opcode == Opcode::kWrite || one.header.opcode == Opcode::kRecovered)
      order.emplace_back(one.header.opcode, one.header.xid);
  BOOST_REQUIRE(order.size() == 3U);
  BOOST_TEST(order[0].second == old->xid);
  BOOST_TEST((order[1].first == Opcode::kRecovered));
  BOOST_TEST(order[2].second == fresh->xid);
}

BOOST_AUTO_TEST_CASE(what_relies_on_the_session_fails_with_it_whether_it_was_sent_or_not) {
  start();
  server->parked = {Opcode::kWrite};
  const auto write = [this] { return call(RequestKind::kChange, Opcode::kWrite, false, true); };
  const auto sent = write();
  run_for(10 * kMillisecond);
  kill_server();
  run_for(10 * kMillisecond);
  const auto unsent = write();
  store.sessions.clear();
  start_server();
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }));
  BOOST_TEST((sent->code == Errc::kEvicted));
  BOOST_TEST((unsent->code == Errc::kEvicted));
  BOOST_TEST(server->seen_of(Opcode::kWrite).empty());
}

BOOST_AUTO_TEST_CASE(xids_of_a_server_rise_with_its_epoch_whatever_the_clock_says) {
  BOOST_TEST(first_xid_of(1) > static_cast<uint64_t>(2'000'000'000 * kSecond) >> 10);  // in 2033
  BOOST_TEST(first_xid_of(3) > first_xid_of(2));
  BOOST_TEST(first_xid_of(kEpochMax) > first_xid_of(kEpochMax - 1));
  options.first_xid = first_xid_of(7);
  start();
  BOOST_TEST(read()->xid > first_xid_of(7));
  BOOST_TEST(read()->xid < first_xid_of(8));
}

BOOST_AUTO_TEST_CASE(the_xid_floor_is_the_oldest_unanswered_request) {
  start();
  server->parked = {Opcode::kGetAttr};
  const auto old = call(RequestKind::kRead, Opcode::kGetAttr);
  const auto later = read();
  BOOST_TEST(run([&] { return later->calls == 1; }));
  const auto last = read();
  BOOST_TEST(run([&] { return last->calls == 1; }));
  const auto seen = server->seen_of(Opcode::kLookup);
  BOOST_REQUIRE(seen.size() == 2U);
  BOOST_TEST(seen[0].header.xid_floor == old->xid);
  BOOST_TEST(seen[1].header.xid_floor == old->xid);
  BOOST_TEST(later->xid > old->xid);
  server->parked.clear();
  BOOST_TEST(run([&] { return old->calls == 1; }));
  const auto final = read();
  BOOST_TEST(run([&] { return final->calls == 1; }));
  BOOST_TEST(server->seen_of(Opcode::kLookup).back().header.xid_floor == final->xid);
}

BOOST_AUTO_TEST_CASE(no_more_changes_are_in_flight_than_there_are_slots) {
  start();
  server->parked = {Opcode::kMkdir};
  std::vector<std::shared_ptr<Outcome>> changes;
  for (int i = 0; i < 10; ++i) changes.push_back(change());
  const auto free_read = read();
  BOOST_TEST(run([&] { return free_read->calls == 1; }));
  const auto seen = server->seen_of(Opcode::kMkdir);
  BOOST_TEST(seen.size() == 4U);
  std::set<uint32_t> slots;
  for (const Seen& one : seen) slots.insert(one.header.slot);
  BOOST_TEST(slots.size() == 4U);
  BOOST_TEST(*slots.rbegin() < 4U);
  BOOST_TEST(import->cancel_unsent(changes[9]->xid));
  BOOST_TEST(!import->cancel_unsent(changes[0]->xid));
  server->parked.clear();
  BOOST_TEST(run([&] { return answered.size() == 10U; }));
  BOOST_TEST(changes[9]->calls == 0);
  for (const auto& [xid, times] : store.executions) BOOST_TEST(times == 1);
}

BOOST_AUTO_TEST_CASE(an_eviction_fails_sent_changes_and_sends_the_rest_to_the_new_session) {
  start();
  server->parked = {Opcode::kMkdir, Opcode::kLookup};
  std::vector<std::shared_ptr<Outcome>> changes;
  for (int i = 0; i < 5; ++i) changes.push_back(change());
  const auto sent_read = read();
  run_for(10 * kMillisecond);
  kill_server();
  store.sessions.clear();
  store.slots.clear();
  start_server();
  BOOST_TEST(run([&] { return sent_read->calls == 1 && changes[4]->calls == 1; }));
  for (int i = 0; i < 4; ++i) BOOST_TEST((changes[i]->code == Errc::kEvicted));
  BOOST_TEST((changes[4]->code == Errc::kOk));  // had no slot, so it was never sent
  BOOST_TEST((sent_read->code == Errc::kOk));
  BOOST_TEST(observer.evictions == 1);
  BOOST_TEST(observer.restates == 0);
  BOOST_TEST((import->state() == ImportState::kFull));
  const auto next = change();
  BOOST_TEST(run([&] { return next->calls == 1; }));
  BOOST_TEST((next->code == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(an_unreachable_server_becomes_an_error_after_give_up_only) {
  options.give_up_after_ns = 3 * kSecond;
  start_import();
  const MonotonicNs begin = clock.monotonic();
  const auto one = read();
  BOOST_TEST(run([&] { return one->calls == 1; }));
  BOOST_TEST((one->code == Errc::kNotConnected));
  BOOST_TEST(clock.monotonic() - begin == 3 * kSecond);
  const auto two = change();
  run_for(kSecond);
  BOOST_TEST(two->calls == 0);
  start_server();
  BOOST_TEST(run([&] { return two->calls == 1; }));
  BOOST_TEST((two->code == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(a_server_that_moved_is_found_at_its_other_address) {
  info.control = {kAddress, kOtherAddress};
  start();
  server->parked = {Opcode::kMkdir};
  const auto sent = change();
  run_for(10 * kMillisecond);
  kill_server();
  run_for(300 * kMillisecond);
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  BOOST_TEST(run([&] { return sent->calls == 1; }, 2 * kSecond));
  BOOST_TEST(import->connected_address() == kOtherAddress);
  BOOST_TEST(store.executions[sent->xid] == 1);
}

BOOST_AUTO_TEST_CASE(news_of_another_address_is_followed_at_once) {
  start();
  kill_server();
  run_for(20 * kSecond);
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  info.control = {kOtherAddress};
  info.epoch = 2;
  import->update_target(info);
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }, 10 * kMillisecond));
}

BOOST_AUTO_TEST_CASE(news_of_a_higher_epoch_ends_a_connection_to_the_lower_one) {
  info.control = {kAddress, kOtherAddress};
  start();
  FakeStore later = store;
  other = std::make_unique<FakeServer>(network, "other", later,
                                       std::vector<net::Address>{kOtherAddress});
  info.epoch = 2;
  import->update_target(info);
  BOOST_TEST(run([&] { return import->epoch() == 2U; }, kSecond));
  BOOST_TEST(import->connected_address() == kOtherAddress);
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_to_connect_is_passed_over) {
  info.control = {kAddress, kOtherAddress};
  start_server();
  server->refuse_connect = Errc::kWrongTarget;
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  start_import();
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }, kSecond));
  BOOST_TEST(import->connected_address() == kOtherAddress);
}

BOOST_AUTO_TEST_CASE(an_idle_import_pings) {
  start_server();
  server->ping_interval_ms = 1000;
  start_import();
  run_for(5500 * kMillisecond);
  BOOST_TEST(server->seen_of(Opcode::kPing).size() == 5U);
  BOOST_TEST(import->reconnects() == 0U);
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_at_the_server_survives_its_time_out) {
  start();
  server->parked = {Opcode::kSetLock};
  const auto lock = call(RequestKind::kRead, Opcode::kSetLock);
  run_for(65 * kSecond);
  BOOST_TEST(lock->calls == 0);
  BOOST_TEST(import->reconnects() == 0U);
  BOOST_TEST(server->seen_of(Opcode::kSetLock).size() == 4U);
  BOOST_TEST(server->seen_of(Opcode::kPing).size() == 3U);
  server->parked.clear();
  BOOST_TEST(run([&] { return lock->calls == 1; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_answers_no_ping_is_left) {
  start();
  server->parked = {Opcode::kLookup, Opcode::kPing};
  const auto stuck = read();
  run_for(21 * kSecond);
  BOOST_TEST(import->reconnects() == 0U);
  server->parked = {Opcode::kPing};
  BOOST_TEST(run([&] { return stuck->calls == 1; }, 5 * kSecond));
  BOOST_TEST(import->reconnects() == 1U);
}

BOOST_AUTO_TEST_CASE(a_session_that_the_server_forgot_is_made_anew) {
  start();
  server->refused[Opcode::kMkdir] = Errc::kNoSession;
  const auto sent = change();
  run_for(500 * kMillisecond);
  BOOST_TEST(sent->calls == 0);
  BOOST_TEST(import->reconnects() >= 1U);
  // Not in a storm: with pauses that grow.
  BOOST_TEST(import->reconnects() < 10U);
  server->refused.clear();
  BOOST_TEST(run([&] { return sent->calls == 1; }));
  BOOST_TEST((sent->code == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(a_request_put_off_by_a_recovering_server_is_repeated) {
  start();
  server->refused[Opcode::kMkdir] = Errc::kRecovering;
  const auto put_off = change();
  run_for(350 * kMillisecond);
  BOOST_TEST(server->seen_of(Opcode::kMkdir).size() == 4U);
  server->refused.clear();
  BOOST_TEST(run([&] { return put_off->calls == 1; }, kSecond));
  BOOST_TEST((put_off->code == Errc::kOk));
  BOOST_TEST(store.executions[put_off->xid] == 1);
}

BOOST_AUTO_TEST_CASE(other_errors_are_the_answer) {
  start();
  server->refused[Opcode::kMkdir] = Errc::kExists;
  const auto refused = change();
  BOOST_TEST(run([&] { return refused->calls == 1; }));
  BOOST_TEST((refused->code == Errc::kExists));
}

BOOST_AUTO_TEST_CASE(replies_of_an_earlier_epoch_are_dropped) {
  store.epoch = 4;
  start();
  server->reply_epoch = 4;
  const auto asked = read();
  run_for(kSecond);
  BOOST_TEST(asked->calls == 0);
  BOOST_TEST(import->dropped_replies() == 1U);
}

BOOST_AUTO_TEST_CASE(duplicated_replies_are_dropped_and_counted) {
  start();
  sim::SimFaults faults;
  faults.duplicate = 1'000'000;
  network.set_faults(faults);
  const auto asked = change();
  BOOST_TEST(run([&] { return asked->calls == 1; }));
  run_for(kSecond);
  BOOST_TEST(asked->calls == 1);
  BOOST_TEST(import->dropped_replies() == 3U);  // two requests, each answered twice
  BOOST_TEST(store.executions[asked->xid] == 1);
}

BOOST_AUTO_TEST_CASE(bulk_requests_use_the_bulk_link) {
  bulk = {kBulkAddress};
  info.bulk = bulk;
  start();
  const auto write = call(RequestKind::kRead, Opcode::kWrite, true);
  const auto plain = read();
  BOOST_TEST(run([&] { return write->calls == 1 && plain->calls == 1; }));
  BOOST_TEST(server->seen_of(Opcode::kWrite).at(0).bulk);
  BOOST_TEST(!server->seen_of(Opcode::kLookup).at(0).bulk);
}

BOOST_AUTO_TEST_CASE(a_connection_without_its_bulk_link_is_none) {
  info.bulk = {kBulkAddress};
  start_server();
  start_import();
  run_for(5 * kSecond);
  BOOST_TEST((import->state() != ImportState::kFull));
}

BOOST_AUTO_TEST_CASE(notices_reach_the_observer) {
  start();
  server->notify(Opcode::kConfigChangedNotice);
  BOOST_TEST(run([&] { return observer.notices == 1; }, kSecond));
}

BOOST_AUTO_TEST_CASE(a_target_that_moves_is_looked_for_elsewhere_without_a_time_out) {
  info.standby_control = {kOtherAddress};
  start();
  server->notify(Opcode::kMovingNotice);
  BOOST_TEST(run([&] { return import->state() != ImportState::kFull; }, 10 * kMillisecond));
  BOOST_TEST(observer.notices == 0);
  // It is gone without a word to the network, as a host that is switched off would be.
  server.reset();
  run_for(3 * kSecond);
  const auto waiting = change();
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  BOOST_TEST(run([&] { return waiting->calls == 1; }, 2500 * kMillisecond));
  BOOST_TEST((waiting->code == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(a_host_that_says_nothing_costs_a_second_if_there_is_another) {
  info.control = {kAddress, kOtherAddress};
  start_server();
  network.partition("client", "server", true);
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  start_import();
  BOOST_TEST(run([&] { return import->state() == ImportState::kFull; }, 1100 * kMillisecond));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_known_to_be_dead_is_given_up_at_once) {
  info.standby_control = {kOtherAddress};
  start();
  server->parked = {Opcode::kMkdir};
  const auto waiting = change();
  run_for(10 * kMillisecond);
  other = std::make_unique<FakeServer>(network, "other", store,
                                       std::vector<net::Address>{kOtherAddress});
  // Said of an earlier life, it is no news.
  import->give_up_connection(import->epoch() - 1, Errc::kNotConnected);
  BOOST_TEST((import->state() == ImportState::kFull));
  import->give_up_connection(import->epoch(), Errc::kNotConnected);
  BOOST_TEST(run([&] { return waiting->calls == 1; }, 100 * kMillisecond));
  BOOST_TEST((waiting->code == Errc::kOk));
}

BOOST_AUTO_TEST_CASE(closing_says_disconnect_and_fails_what_is_unanswered) {
  start();
  server->parked = {Opcode::kMkdir};
  const auto unanswered = change();
  run_for(10 * kMillisecond);
  bool closed = false;
  import->close(kSecond, [&] { closed = true;
});
BOOST_TEST(unanswered->calls == 1);
BOOST_TEST((unanswered->code == Errc::kShuttingDown));
BOOST_TEST(run([&] { return closed; }, 100 * kMillisecond));
BOOST_TEST(store.sessions.empty());
BOOST_TEST((import->state() == ImportState::kClosed));
}  // namespace sheen::rpc::test

BOOST_AUTO_TEST_CASE(closing_does_not_wait_for_a_dead_server_beyond_its_time) {
  start();
  server->parked = {Opcode::kDisconnect};
  const MonotonicNs begin = clock.monotonic();
  bool closed = false;
  import->close(kSecond, [&] { closed = true;
});
BOOST_TEST(run([&] { return closed; }));
BOOST_TEST(clock.monotonic() - begin == kSecond);
}

BOOST_AUTO_TEST_CASE(a_completion_may_make_the_next_call) {
  start();
  int left = 100;
  std::function<void(Result<wire::Message>)> next = [&](const Result<wire::Message>& reply) {
    BOOST_TEST(reply.has_value());
    if (--left == 0) return;
    Request request;
    request.opcode = Opcode::kMkdir;
    request.kind = RequestKind::kChange;
    import->call(std::move(request), next);
  };
  next(wire::Message{});
  BOOST_TEST(run([&] { return left == 0; }));
}

// Everything at once: messages lost, doubled and late, the server killed again and again.
BOOST_AUTO_TEST_CASE(every_change_is_done_once_on_a_bad_network_with_a_dying_server) {
  options.request_timeout_ns = 200 * kMillisecond;
  options.connect_timeout_ns = 100 * kMillisecond;
  sim::SimFaults faults;
  faults.drop = 30'000;
  faults.duplicate = 30'000;
  faults.reorder = 30'000;
  faults.death_notice_max_ns = 20 * kMillisecond;
  network.set_faults(faults);
  start_server();
  start_import();
  std::vector<std::shared_ptr<Outcome>> outcomes;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 10; ++i) outcomes.push_back(i % 3 == 0 ? read() : change());
    run_for(static_cast<int64_t>(random.below(50)) * kMillisecond);
    if (round % 4 == 3) {
      kill_server();
      run_for(static_cast<int64_t>(random.below(100)) * kMillisecond);
      start_server();
    }
  }
  BOOST_TEST(run([&] { return answered.size() == outcomes.size(); }, 600 * kSecond));
  for (const auto& outcome : outcomes) {
    BOOST_TEST(outcome->calls == 1);
    BOOST_TEST((outcome->code == Errc::kOk));
  }
  for (const auto& [xid, times] : store.executions) BOOST_TEST(times == 1);
  BOOST_TEST(observer.evictions == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::rpc::test
