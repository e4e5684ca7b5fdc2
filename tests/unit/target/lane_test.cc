// SPDX-License-Identifier: Apache-2.0
// Proves the operation driver: a change happens exactly once, copies are recognised, sessions and
// epochs are checked, durable answers wait for the sync, and a restart awaits its clients.
#include <filesystem>

#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "lib/store/disk.h"
#include "lib/target/lane.h"
#include "lib/target/target_meta.h"
#include "tests/sim/sim_transport.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;
using namespace sheen::target;

namespace {

constexpr uint32_t kSyncs = 1;  // a mode for Mkdir

// A role with one change (Mkdir counts in the database, and in memory under a handle), one read
// (Rmdir would do, Lookup answers the count) and two deferred operations, answered by the test:
// SetLock, and Truncate, which is a change.
class CountingRole final : public Role {
 public:
  explicit CountingRole(Environment& env) : env_(env) {}

  static Result<wire::EntryReplyT> count(CountingRole& self, const OpContext&,
                                         const wire::MkdirRequest& request) {
    SHEEN_ASSIGN(const int64_t now, TargetMeta::get_number(self.env_.database(), "count", 0));
    SHEEN_TRY(TargetMeta::put_number(self.env_.database(), "count", now + 1));
    if (request.mode() == 0) return Errc::kNotEmpty;  // after it wrote: must be undone
    if (request.mode() == kSyncs) SHEEN_TRY(self.env_.database().sync_wal());
    ++self.ran;
    wire::EntryReplyT reply;
    reply.attr = std::make_unique<wire::AttrT>();
    reply.attr->size = static_cast<uint64_t>(now + 1);
    return reply;
  }
  static Result<wire::LookupReplyT> read(CountingRole& self, const OpContext&,
                                         const wire::LookupRequest&) {
    SHEEN_ASSIGN(const int64_t now, TargetMeta::get_number(self.env_.database(), "count", 0));
    wire::LookupReplyT reply;
    reply.attr = std::make_unique<wire::AttrT>();
    reply.attr->size = static_cast<uint64_t>(now);
    return reply;
  }
  static void wait(void* self, Session&, CallPtr call) {
    static_cast<CountingRole*>(self)->waiting.push_back(std::move(call));
  }
  static void cut(void* self, Session&, CallPtr call) {
    ++static_cast<CountingRole*>(self)->cuts;
    static_cast<CountingRole*>(self)->waiting.push_back(std::move(call));
  }
  static void reconstruct(void* self, const OpContext&, const wire::Message&, const Buffer&) {
    ++static_cast<CountingRole*>(self)->reconstructed;
  }

  std::span<const Operation> operations() const override {
    static const std::array<Operation, 4> table = [] {
      std::array<Operation, 4> rows{change_op<&count>(), read_op<&read>(),
                                    deferred_once_op(wire::Opcode::kSetLock, &wait),
                                    deferred_change_op(wire::Opcode::kTruncate, &cut)};
      rows[0].reconstruct = &reconstruct;
      return rows;
    }();
    return table;
  }
  void* self() override { return this; }
  Status on_session_close(Session&, CloseReason reason) override {
    ++(reason == CloseReason::kEvicted ? evicted : closed);
    return ok();
  }
  void on_recovery_finished() override { ++recoveries; }
  Status step(MonotonicNs) override { return ok(); }
  MonotonicNs next_wakeup() const override { return kNever; }
  store::DiskSpace space() override { return {}; }

  Environment& env_;
  int ran = 0;
  int reconstructed = 0;
  int evicted = 0;
  int closed = 0;
  int recoveries = 0;
  int cuts = 0;
  std::vector<CallPtr> waiting;
};

CountingRole* g_role = nullptr;
Result<std::unique_ptr<Role>> make_role(Environment& env) {
  auto role = std::make_unique<CountingRole>(env);
  g_role = role.get();
  return std::unique_ptr<Role>(std::move(role));
}

struct Fixture {
  Fixture() : network(clock, 1) {
    TargetConfig config;
    config.label = *TargetLabel::parse("t-MGT");  // without an MGS of its own
    config.uuid = uuid = Uuid::generate(random);
    config.service_nodes = {"server"};
    config.port = 1;
    BOOST_REQUIRE(config.save(scratch.path()).has_value());
    start();
    client_transport = network.endpoint("client", "client");
  }
  ~Fixture() {
    fault::disarm("");
    lane.reset();
  }

  void start() {
    server_transport = network.endpoint("server", "server");
    LaneOptions options;
    options.directory = scratch.path();
    options.control = {"tcp://server:1"};
    options.threads = false;
    options.session_timeout_ns = session_timeout_ns;
    options.run_directory = scratch.path() + "/run";
    auto opened = Lane::open(*server_transport, disk, clock, random, options, make_role);
    BOOST_REQUIRE(opened.has_value());
    lane = std::move(*opened);
  }
  void die() {
    network.kill("server");
    lane.reset();
  }

  void settle() {
    for (int i = 0; i < 20; ++i) {
      if (lane) BOOST_REQUIRE(lane->step().has_value());
      network.advance_to(clock.monotonic() + kMillisecond);
    }
  }
  // Time in which the lane turns around, unlike that in which its host sleeps.
  void pass(int64_t seconds) {
    for (int64_t i = 0; i < seconds; ++i) {
      network.advance_to(clock.monotonic() + kSecond);
      settle();
    }
  }
  void connect(bool known = false) {
    link = *client_transport->connect("tcp://server:1");
    settle();
    connect_again(known);
  }
  void connect_again(bool known) {
    wire::ConnectRequestT request;
    request.client_name = "test";
    request.role = static_cast<uint8_t>(role);
    request.session = known ? sessions[client] : 0;
    const auto reply = ask(wire::Opcode::kConnect, wire::encode(request));
    BOOST_REQUIRE(reply.has_value());
    const auto table = *wire::decode<wire::ConnectReply>(reply->body);
    epoch = table->epoch();
    new_session = table->new_session();
    sessions[client] = table->session();
    recovering = table->recovering();
  }
  void send(wire::Opcode opcode, Buffer body, uint64_t xid, uint32_t slot = wire::kNoSlot) {
    wire::Message message;
    message.header.opcode = opcode;
    message.header.client = client;
    message.header.target = uuid;
    message.header.epoch = epoch;
    message.header.xid = xid;
    message.header.xid_floor = floor;
    message.header.slot = slot;
    message.body = std::move(body);
    BOOST_REQUIRE(link->send(std::move(message)).has_value());
  }
  std::optional<wire::Message> ask(wire::Opcode opcode, Buffer body, uint64_t xid = 0,
                                   uint32_t slot = wire::kNoSlot) {
    send(opcode, std::move(body), xid != 0 ? xid : ++last_xid, slot);
    settle();
    return link->receive();
  }
  std::optional<wire::Message> change(uint64_t xid, uint32_t slot, bool fails = false) {
    wire::MkdirRequestT request;
    request.mode = fails ? 0 : 0755;
    return ask(wire::Opcode::kMkdir, wire::encode(request), xid, slot);
  }
  void send_truncate(uint64_t xid) {
    send(wire::Opcode::kTruncate, wire::encode(wire::TruncateRequestT{}), xid, 3);
    settle();
  }
  void answer_waiting() {
    for (CallPtr& call : std::exchange(g_role->waiting, {}))
      call->answer(ReplyBody{wire::encode(wire::TruncateReplyT{}), {}});
    settle();
  }
  void say_recovered() { ask(wire::Opcode::kRecovered, wire::encode(wire::RecoveredRequestT{})); }
  uint64_t count() {
    const auto reply =
        ask(wire::Opcode::kLookup, wire::encode(wire::LookupRequestT{}), 1'000'000 + ++last_xid);
    return (*wire::decode<wire::LookupReply>(reply->body))->attr()->size();
  }
  static uint64_t counted(const wire::Message& reply) {
    return (*wire::decode<wire::EntryReply>(reply.body))->attr()->size();
  }

  sim::SimClock clock;
  sim::SimNetwork network;
  SeededRandom random{5};
  store::PosixDisk disk;
  const TemporaryDirectory scratch = TemporaryDirectory::in_memory();
  Uuid uuid;
  std::unique_ptr<net::Transport> server_transport;
  std::unique_ptr<net::Transport> client_transport;
  std::unique_ptr<Lane> lane;
  std::unique_ptr<net::Link> link;
  std::unique_ptr<net::Link> other_link;
  Uuid client{{1, 2, 3}};
  Epoch epoch = 0;
  wire::PeerRole role = wire::PeerRole::kClient;
  bool new_session = false;
  std::map<Uuid, uint64_t> sessions;  // their names
  int64_t session_timeout_ns = 60 * kSecond;
  bool recovering = false;
  uint64_t floor = 0;
  uint64_t last_xid = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lane, Fixture)

BOOST_AUTO_TEST_CASE(a_resent_request_gets_the_stored_reply) {
  connect();
  const auto first = change(10, 0);
  const auto again = change(10, 0);
  BOOST_REQUIRE((first && again));
  BOOST_TEST(counted(*first) == 1u);
  BOOST_TEST(counted(*again) == 1u);
  BOOST_TEST((first->header.transno == again->header.transno));
  BOOST_TEST(g_role->ran == 1);
  BOOST_TEST(count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lower_xid_of_a_used_slot_is_a_stale_copy) {
  connect();
  BOOST_TEST(change(10, 0).has_value());
  BOOST_TEST(change(11, 0).has_value());
  BOOST_TEST(!change(10, 0).has_value());
  BOOST_TEST(g_role->ran == 2);
}

BOOST_AUTO_TEST_CASE(a_copy_below_the_floor_is_dropped_whatever_its_kind) {
  connect();
  floor = 50;
  BOOST_TEST(change(60, 0).has_value());
  floor = 0;
  BOOST_TEST(!change(40, 1).has_value());
  BOOST_TEST(!ask(wire::Opcode::kLookup, wire::encode(wire::LookupRequestT{}), 41).has_value());
  BOOST_TEST(g_role->ran == 1);
}

BOOST_AUTO_TEST_CASE(a_failed_change_leaves_nothing_and_its_copy_fails_the_same) {
  connect();
  BOOST_TEST((change(10, 0, true)->header.status == Errc::kNotEmpty));
  BOOST_TEST(count() == 0u);
  BOOST_TEST((change(10, 0, true)->header.status == Errc::kNotEmpty));
  BOOST_TEST(change(11, 0)->header.transno.value != 0u);
  BOOST_TEST(count() == 1u);
}

BOOST_AUTO_TEST_CASE(stored_replies_survive_the_process_and_restore_what_was_in_memory) {
  connect();
  const auto first = change(10, 0);
  die();
  start();
  connect(true);
  BOOST_TEST(!new_session);
  const auto again = change(10, 0);
  BOOST_TEST(counted(*again) == 1u);
  BOOST_TEST((again->header.transno == first->header.transno));
  BOOST_TEST(g_role->ran == 0);
  BOOST_TEST(g_role->reconstructed == 1);
  change(10, 0);
  BOOST_TEST(count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_change_whose_commit_failed_did_not_happen_and_ends_the_target) {
  connect();
  fault::unlock();
  BOOST_REQUIRE(fault::arm("target.lane.before_commit=error*1").has_value());
  wire::MkdirRequestT request;
  request.mode = 0755;
  send(wire::Opcode::kMkdir, wire::encode(request), 10, 0);
  network.advance_to(clock.monotonic() + kMillisecond);
  BOOST_TEST(!lane->step().has_value());
  die();
  start();
  connect(true);
  BOOST_TEST(count() == 0u);
  BOOST_TEST(counted(*change(10, 0)) == 1u);
}

BOOST_AUTO_TEST_CASE(a_change_that_was_committed_but_not_answered_is_answered_from_the_cache) {
  connect();
  fault::unlock();
  BOOST_REQUIRE(fault::arm("target.lane.after_commit=error*1").has_value());
  wire::MkdirRequestT request;
  request.mode = 0755;
  send(wire::Opcode::kMkdir, wire::encode(request), 10, 0);
  network.advance_to(clock.monotonic() + kMillisecond);
  BOOST_TEST(!lane->step().has_value());
  die();
  start();
  connect(true);
  BOOST_TEST(counted(*change(10, 0)) == 1u);
  BOOST_TEST(g_role->ran == 0);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_inside_a_request_keeps_the_next_life_down) {
  connect();
  fault::unlock();
  BOOST_REQUIRE(fault::arm("store.database.sync_wal=error*1").has_value());
  wire::MkdirRequestT request;
  request.mode = kSyncs;
  send(wire::Opcode::kMkdir, wire::encode(request), 10, 0);
  Errc code = Errc::kOk;
  for (int i = 0; i < 20 && code == Errc::kOk; ++i) {
    network.advance_to(clock.monotonic() + kMillisecond);
    code = lane->step().code();
  }
  BOOST_TEST((code == Errc::kIo));
  network.advance_to(clock.monotonic() + kMillisecond);
  BOOST_TEST(!link->receive().has_value());
  die();
  LaneOptions options;
  options.directory = scratch.path();
  options.run_directory = scratch.path() + "/run";
  options.threads = false;
  BOOST_TEST(
      (Lane::open(*network.endpoint("server", "server"), disk, clock, random, options, make_role)
           .code() == Errc::kIo));
}

BOOST_AUTO_TEST_CASE(requests_of_another_epoch_are_refused) {
  connect();
  --epoch;
  BOOST_TEST((change(10, 0)->header.status == Errc::kWrongEpoch));
  epoch += 2;
  BOOST_TEST((change(11, 0)->header.status == Errc::kWrongEpoch));
}

BOOST_AUTO_TEST_CASE(without_a_session_nothing_is_served) {
  link = *client_transport->connect("tcp://server:1");
  settle();
  BOOST_TEST((change(10, 0)->header.status == Errc::kNoSession));
}

BOOST_AUTO_TEST_CASE(another_targets_uuid_is_refused) {
  connect();
  uuid.bytes[0] ^= 1;
  BOOST_TEST((change(10, 0)->header.status == Errc::kWrongTarget));
}

BOOST_AUTO_TEST_CASE(malformed_requests_get_a_definite_error) {
  connect();
  BOOST_TEST((ask(wire::Opcode::kMkdir, Buffer::copy_of("junk"), 10, 0)->header.status ==
              Errc::kBadRequest));
  BOOST_TEST((ask(static_cast<wire::Opcode>(999), {}, 11, 0)->header.status == Errc::kBadRequest));
  BOOST_TEST((change(12, 4711)->header.status == Errc::kBadRequest));
  send(wire::Opcode::kMkdir, wire::encode(wire::MkdirRequestT{}), 0, 5);  // a slot never used
  settle();
  BOOST_TEST((link->receive()->header.status == Errc::kBadRequest));
  floor = 14;
  BOOST_TEST((change(13, 0)->header.status == Errc::kBadRequest));
  floor = 0;
  BOOST_TEST(counted(*change(14, 0)) == 1u);  // nothing is stale for that
  BOOST_TEST((ask(wire::Opcode::kSync, Buffer::copy_of("x"))->header.status == Errc::kBadRequest));
}

BOOST_AUTO_TEST_CASE(sync_is_answered_when_everything_is_durable) {
  connect();
  const auto changed = change(10, 0);
  const auto synced = ask(wire::Opcode::kSync, wire::encode(wire::SyncRequestT{}), 11);
  BOOST_REQUIRE(synced.has_value());
  BOOST_TEST((synced->header.committed >= changed->header.transno));
}

BOOST_AUTO_TEST_CASE(a_deferred_operation_is_answered_when_it_says_so) {
  connect();
  BOOST_TEST(!ask(wire::Opcode::kSetLock, wire::encode(wire::SetLockRequestT{}), 10).has_value());
  BOOST_REQUIRE(g_role->waiting.size() == 1u);
  g_role->waiting[0]->answer(ReplyBody{wire::encode(wire::SetLockReplyT{}), {}});
  settle();
  BOOST_TEST(link->receive()->header.xid == 10u);
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_deferred_request_in_hand_only_says_where_to_answer) {
  connect();
  send_truncate(10);
  connect(true);
  send_truncate(10);
  BOOST_TEST(g_role->cuts == 1);
  BOOST_REQUIRE(g_role->waiting.size() == 1u);
  answer_waiting();
  const auto reply = link->receive();  // over the new connection
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->header.xid == 10u);
}

BOOST_AUTO_TEST_CASE(a_copy_of_an_answered_deferred_change_gets_the_same_answer) {
  connect();
  send_truncate(10);
  answer_waiting();
  const auto first = link->receive();
  send_truncate(10);
  const auto again = link->receive();
  BOOST_REQUIRE((first && again));
  BOOST_TEST(g_role->cuts == 1);
  BOOST_TEST((again->header.transno == first->header.transno));
}

BOOST_AUTO_TEST_CASE(a_deferred_change_that_was_done_is_not_done_again_by_the_next_life) {
  connect();
  send_truncate(10);
  answer_waiting();
  const auto first = link->receive();
  die();
  start();
  connect(true);
  send_truncate(10);
  const auto again = link->receive();
  BOOST_REQUIRE((first && again));
  BOOST_TEST(g_role->cuts == 0);
  BOOST_TEST((again->header.transno == first->header.transno));
  send_truncate(11);
  BOOST_TEST(g_role->cuts == 1);
}

BOOST_AUTO_TEST_CASE(new_changes_wait_until_every_client_has_sent_its_old_ones_again) {
  connect();
  const Uuid first = client;
  client = Uuid{{9}};
  connect();
  const Uuid second = client;
  die();
  start();
  connect(true);
  say_recovered();
  send_truncate(100);
  BOOST_TEST(g_role->cuts == 0);
  client = first;
  std::swap(link, other_link);
  connect(true);
  send_truncate(50);  // unanswered from before
  BOOST_TEST(g_role->cuts == 1);
  BOOST_TEST(g_role->waiting.back()->header().xid == 50u);
  say_recovered();
  settle();
  BOOST_TEST(g_role->cuts == 2);
  BOOST_TEST(g_role->waiting.back()->header().xid == 100u);
  BOOST_TEST((g_role->waiting.back()->client() == second));
}

BOOST_AUTO_TEST_CASE(recovered_is_answered_when_every_client_is_back) {
  connect();
  const Uuid first = client;
  client = Uuid{{9}};
  connect();
  die();
  start();
  connect(true);
  say_recovered();
  BOOST_TEST(!link->receive().has_value());
  client = first;
  std::swap(link, other_link);
  connect(true);
  say_recovered();
  const auto reply = other_link->receive();
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((reply->header.opcode == wire::Opcode::kRecovered));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_back_waits_for_nobody) {
  connect();
  client = Uuid{{9}};
  role = wire::PeerRole::kMdt;
  connect();
  die();
  start();
  connect(true);
  BOOST_TEST(recovering);
  BOOST_TEST(ask(wire::Opcode::kRecovered, wire::encode(wire::RecoveredRequestT{})).has_value());
}

BOOST_AUTO_TEST_CASE(a_new_client_waits_for_those_who_were_there_before) {
  connect();
  die();
  start();
  client = Uuid{{9}};
  connect();
  BOOST_TEST(new_session);
  BOOST_TEST(recovering);
  say_recovered();
  BOOST_TEST(!link->receive().has_value());
}

BOOST_AUTO_TEST_CASE(a_held_change_ends_with_its_session) {
  session_timeout_ns = 30 * kSecond;
  die();
  start();
  connect();
  die();
  start();
  const Uuid first = std::exchange(client, Uuid{{9}});
  const Uuid second = client;
  connect();
  send_truncate(100);
  pass(20);
  std::swap(link, other_link);
  client = first;
  connect(true);
  pass(15);
  BOOST_TEST(g_role->evicted == 1);
  std::swap(link, other_link);
  client = second;
  connect_again(true);
  BOOST_TEST(new_session);
  std::swap(link, other_link);
  client = first;
  say_recovered();
  settle();
  BOOST_TEST(!lane->recovering());
  BOOST_TEST(g_role->cuts == 0);
}

BOOST_AUTO_TEST_CASE(a_deferred_change_that_was_put_off_can_be_asked_for_again) {
  connect();
  send_truncate(10);
  g_role->waiting[0]->answer(Errc::kAgain);
  settle();
  BOOST_TEST((link->receive()->header.status == Errc::kAgain));
  send_truncate(10);
  BOOST_TEST(g_role->cuts == 2);
}

BOOST_AUTO_TEST_CASE(a_lock_is_not_taken_twice_by_a_late_copy_but_by_a_new_request) {
  connect();
  const auto lock = [this](uint64_t xid) {
    send(wire::Opcode::kSetLock, wire::encode(wire::SetLockRequestT{}), xid);
    settle();
  };
  lock(10);
  answer_waiting();
  BOOST_TEST(link->receive().has_value());
  lock(10);
  BOOST_TEST(g_role->waiting.empty());
  BOOST_TEST(link->receive().has_value());
  lock(11);
  BOOST_TEST(g_role->waiting.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_an_earlier_connection_still_delivers_is_dropped) {
  connect();
  other_link = std::move(link);
  connect(true);
  std::swap(link, other_link);
  BOOST_TEST(!change(10, 0).has_value());
  std::swap(link, other_link);
  BOOST_TEST(counted(*change(11, 0)) == 1u);
}

BOOST_AUTO_TEST_CASE(a_pause_of_the_server_evicts_nobody) {
  connect();
  network.advance_to(clock.monotonic() + 3600 * kSecond);
  settle();
  BOOST_TEST(g_role->evicted == 0);
  BOOST_TEST(counted(*change(10, 0)) == 1u);
}

BOOST_AUTO_TEST_CASE(after_a_pause_nobody_was_heard_in_the_future) {
  connect();
  network.advance_to(clock.monotonic() + 8 * kSecond);
  change(10, 0);
  BOOST_REQUIRE(lane->status().sessions.size() == 1u);
  BOOST_TEST(lane->status().sessions[0]->last_heard_ms < 1000u);
}

BOOST_AUTO_TEST_CASE(a_target_with_more_to_do_than_it_can_evicts_all_the_same) {
  connect();
  client = Uuid{{9}};
  connect();
  for (int second = 0; second < 80; ++second) {
    for (uint32_t i = 0; i < kLaneBatchMax; ++i)
      send(wire::Opcode::kPing, wire::encode(wire::PingRequestT{}), ++last_xid);
    network.advance_to(clock.monotonic() + kSecond);
    BOOST_REQUIRE(lane->step().has_value());
    while (link->receive()) {
    }
  }
  BOOST_TEST(g_role->evicted == 1);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_evicted_and_told) {
  connect();
  pass(62);
  BOOST_TEST(g_role->evicted == 1);
  BOOST_TEST((change(10, 0)->header.status == Errc::kNoSession));
  connect(true);
  BOOST_TEST(new_session);
}

BOOST_AUTO_TEST_CASE(an_eviction_is_told_again_if_the_first_answer_was_lost) {
  connect();
  change(10, 0);
  pass(62);
  const uint64_t ended = sessions[client];
  connect(true);
  BOOST_TEST(new_session);
  sessions[client] = ended;  // the answer was lost
  connect(true);
  BOOST_TEST(new_session);
  connect(true);
  BOOST_TEST(!new_session);
}

BOOST_AUTO_TEST_CASE(an_eviction_is_told_by_the_next_life_too) {
  connect();
  pass(62);
  const uint64_t ended = sessions[client];
  connect(true);
  die();
  start();
  sessions[client] = ended;  // the answer of the life before was lost
  connect(true);
  BOOST_TEST(new_session);
  BOOST_TEST(!lane->recovering());  // the client has nothing to bring back
}

BOOST_AUTO_TEST_CASE(a_first_connect_that_is_sent_again_finds_its_session) {
  connect();
  connect();
  BOOST_TEST(new_session);
  connect(true);
  BOOST_TEST(!new_session);
}

BOOST_AUTO_TEST_CASE(a_restart_awaits_its_clients_until_they_say_recovered) {
  connect();
  die();
  start();
  BOOST_TEST(lane->recovering());
  connect(true);
  BOOST_TEST(recovering);
  BOOST_TEST(lane->recovering());
  ask(wire::Opcode::kRecovered, wire::encode(wire::RecoveredRequestT{}));
  BOOST_TEST(!lane->recovering());
  BOOST_TEST(g_role->recoveries == 1);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_return_is_evicted_after_the_limit) {
  connect();
  die();
  start();
  pass(62);
  BOOST_TEST(!lane->recovering());
  BOOST_TEST(g_role->evicted == 1);
}

BOOST_AUTO_TEST_CASE(a_disconnected_client_is_not_awaited) {
  connect();
  ask(wire::Opcode::kDisconnect, wire::encode(wire::DisconnectRequestT{}));
  BOOST_TEST(g_role->closed == 1);
  die();
  start();
  BOOST_TEST(!lane->recovering());
}

BOOST_AUTO_TEST_CASE(every_start_has_a_higher_epoch) {
  const Epoch first = lane->epoch();
  die();
  start();
  BOOST_TEST(lane->epoch() == first + 1);
}

BOOST_AUTO_TEST_SUITE_END()
