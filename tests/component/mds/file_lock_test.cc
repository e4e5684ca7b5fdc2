// SPDX-License-Identifier: Apache-2.0
// GetLock, SetLock, CancelLock, ReleaseLocks and Restate over the lock table: which call is
// answered when and with what, also for cancelled requests, ended sessions and during recovery.

#include <boost/test/unit_test.hpp>

#include "mds/file_locks.h"
#include "tests/component/mds/lone_environment.h"

namespace sheen::mds {
namespace {

constexpr uint64_t kFile = 0x1000000001;
constexpr uint8_t kRead = 0;
constexpr uint8_t kWrite = 1;
constexpr uint8_t kUnlock = 2;

struct Fixture {
  target::Session& session(uint8_t n) {
    target::Session& session = sessions[n];
    session.client = LoneEnvironment::uuid(n);
    return session;
  }

  target::CallPtr call(uint8_t client, wire::Opcode opcode, uint64_t xid, Buffer body) {
    wire::Message message;
    message.header.opcode = opcode;
    message.header.client = LoneEnvironment::uuid(client);
    message.header.xid = xid;
    message.body = std::move(body);
    auto out = std::make_unique<target::Call>(std::move(message), "peer", false, 0);
    out->on_answer = [this](target::Call& done, Result<target::ReplyBody> reply) {
      if (!log.empty()) log += ' ';
      log += std::to_string(done.header().xid) + ':';
      log += errc_info(reply.code()).name;
      if (reply) last_reply = reply->body;
    };
    return out;
  }

  static std::unique_ptr<wire::LockRangeT> range(uint8_t type, uint64_t start, uint64_t end) {
    auto out = std::make_unique<wire::LockRangeT>();
    out->type = type;
    out->start = start;
    out->end = end;
    out->owner = 77;
    out->pid = 4711;
    return out;
  }

  // Answers so far, as "xid:code ...".
  std::string set(uint8_t client, uint64_t xid, uint8_t type, bool wait = true, uint64_t start = 0,
                  uint64_t end = 9) {
    wire::SetLockRequestT request;
    request.fid = kFile;
    request.lock = range(type, start, end);
    request.wait = wait;
    locks.set(call(client, wire::Opcode::kSetLock, xid, wire::encode(request)));
    return answers();
  }
  std::string get(uint8_t client, uint64_t xid, uint8_t type) {
    wire::GetLockRequestT request;
    request.fid = kFile;
    request.lock = range(type, 0, 9);
    locks.get(call(client, wire::Opcode::kGetLock, xid, wire::encode(request)));
    return answers();
  }
  std::string answers() { return std::exchange(log, {}); }

  LoneEnvironment env;
  FileLocks locks{env};
  std::map<uint8_t, target::Session> sessions;
  std::string log;
  Buffer last_reply;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_locks, Fixture)

BOOST_AUTO_TEST_CASE(a_lock_in_the_way_makes_the_call_wait_or_fail) {
  BOOST_TEST(set(1, 10, kWrite) == "10:ok");
  BOOST_TEST(set(2, 20, kWrite, false) == "20:again");
  BOOST_TEST(set(2, 21, kWrite) == "");
  BOOST_TEST(locks.parked_count() == 1U);
  BOOST_TEST(set(1, 11, kUnlock) == "11:ok 21:ok");
  BOOST_TEST(locks.parked_count() == 0U);
  BOOST_TEST(locks.held_count(LoneEnvironment::uuid(2)) == 1U);
}

BOOST_AUTO_TEST_CASE(getlk_tells_what_is_in_the_way) {
  set(1, 10, kWrite, true, 5, 6);
  BOOST_TEST(get(2, 20, kRead) == "20:ok");
  auto reply = wire::decode<wire::GetLockReply>(last_reply);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((*reply)->lock()->type() == kWrite);
  BOOST_TEST((*reply)->lock()->start() == 5U);
  BOOST_TEST((*reply)->lock()->end() == 6U);
  BOOST_TEST((*reply)->lock()->pid() == 4711U);
  BOOST_TEST(get(1, 11, kRead) == "11:ok");
  reply = wire::decode<wire::GetLockReply>(last_reply);
  BOOST_TEST((*reply)->lock()->type() == kUnlock);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_is_interrupted) {
  set(1, 10, kWrite);
  set(2, 20, kWrite);
  BOOST_TEST(locks.cancel(session(2), 20));
  BOOST_TEST(answers() == "20:interrupted");
  BOOST_TEST(!locks.cancel(session(2), 20));
  BOOST_TEST(set(1, 11, kUnlock) == "11:ok");
  BOOST_TEST(locks.held_count(LoneEnvironment::uuid(2)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_an_answer) {
  set(1, 10, kWrite, true, 0, 0);
  set(2, 20, kWrite, true, 1, 1);
  BOOST_TEST(set(1, 11, kWrite, true, 1, 1) == "");
  BOOST_TEST(set(2, 21, kWrite, true, 0, 0) == "21:deadlock");
}

BOOST_AUTO_TEST_CASE(the_last_close_releases) {
  set(1, 10, kWrite);
  set(2, 20, kWrite);
  locks.release_owner(LoneEnvironment::uuid(1), Fid{kFile}, 77, true);
  BOOST_TEST(answers() == "");
  locks.release_owner(LoneEnvironment::uuid(1), Fid{kFile}, 77, false);
  BOOST_TEST(answers() == "20:ok");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_session_drops_its_locks_and_calls) {
  set(1, 10, kWrite);
  set(2, 20, kWrite);
  set(1, 11, kWrite, true, 20, 29);
  set(2, 21, kWrite, true, 20, 29);
  BOOST_TEST(set(3, 30, kRead) == "");
  locks.on_session_close(session(2));
  BOOST_TEST(answers() == "20:evicted 21:evicted");
  locks.on_session_close(session(1));
  BOOST_TEST(answers() == "30:ok");
  BOOST_TEST(locks.table().held_count() == 1U);
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_refused) {
  BOOST_TEST(set(1, 10, 3) == "10:invalid");
  BOOST_TEST(set(1, 11, kWrite, true, 9, 8) == "11:invalid");
  BOOST_TEST(get(1, 12, kUnlock) == "12:invalid");
  locks.set(call(1, wire::Opcode::kSetLock, 13, Buffer::copy_of("rubbish")));
  BOOST_TEST(answers() == "13:bad_request");
  wire::SetLockRequestT without_lock;
  locks.set(call(1, wire::Opcode::kSetLock, 14, wire::encode(without_lock)));
  BOOST_TEST(answers() == "14:invalid");
}

BOOST_AUTO_TEST_CASE(while_recovering_new_locks_wait_and_restated_ones_come_first) {
  env.in_recovery = true;
  BOOST_TEST(set(2, 20, kWrite) == "");
  BOOST_TEST(set(2, 21, kWrite, false, 50, 59) == "");
  BOOST_TEST(get(3, 30, kRead) == "");
  BOOST_TEST(locks.parked_count() == 3U);
  BOOST_TEST(set(3, 31, kUnlock) == "31:ok");

  wire::RestateRequestT restate;
  for (const uint64_t start : {0, 100}) {
    auto held = std::make_unique<wire::HeldLockT>();
    held->fid = kFile;
    held->lock = range(kWrite, start, start + 9);
    restate.locks.push_back(std::move(held));
  }
  const Buffer body = wire::encode(restate);
  const auto table = wire::decode<wire::RestateRequest>(body);
  BOOST_REQUIRE(table.has_value());
  BOOST_TEST(locks.restate(LoneEnvironment::uuid(1), (*table)->locks()).empty());
  const auto lost = locks.restate(LoneEnvironment::uuid(4), (*table)->locks());
  BOOST_REQUIRE(lost.size() == 2U);
  BOOST_TEST(lost[1].lock->start == 100U);

  env.in_recovery = false;
  locks.on_recovery_finished();
  BOOST_TEST(answers() == "21:ok 30:ok");
  const auto reply = wire::decode<wire::GetLockReply>(last_reply);
  BOOST_TEST((*reply)->lock()->type() == kWrite);
  BOOST_TEST(set(1, 10, kUnlock) == "10:ok 20:ok");
}

BOOST_AUTO_TEST_CASE(a_call_parked_for_recovery_can_be_cancelled_and_ends_with_its_session) {
  env.in_recovery = true;
  set(1, 10, kWrite);
  set(2, 20, kWrite);
  BOOST_TEST(locks.cancel(session(1), 10));
  BOOST_TEST(answers() == "10:interrupted");
  locks.on_session_close(session(2));
  BOOST_TEST(answers() == "20:evicted");
  env.in_recovery = false;
  locks.on_recovery_finished();
  BOOST_TEST(answers() == "");
  BOOST_TEST(locks.table().held_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_flock_conversion_cancelled_during_recovery_gives_up_the_old_lock) {
  env.in_recovery = true;
  const auto held = [&](uint8_t type) {
    auto out = std::make_unique<wire::HeldLockT>();
    out->fid = kFile;
    out->lock = range(type, 0, UINT64_MAX);
    out->lock->flock = true;
    return out;
  };
  const auto restate = [&](uint8_t client) {
    wire::RestateRequestT request;
    request.locks.push_back(held(kRead));
    const Buffer body = wire::encode(request);
    const auto table = wire::decode<wire::RestateRequest>(body);
    BOOST_REQUIRE(table.has_value());
    BOOST_TEST(locks.restate(LoneEnvironment::uuid(client), (*table)->locks()).empty());
  };
  const auto set_flock = [&](uint8_t client, uint64_t xid, uint8_t type) {
    wire::SetLockRequestT request;
    request.fid = kFile;
    request.lock = std::move(held(type)->lock);
    request.wait = true;
    locks.set(call(client, wire::Opcode::kSetLock, xid, wire::encode(request)));
  };
  restate(1);
  restate(2);
  set_flock(1, 10, kWrite);
  set_flock(2, 20, kRead);  // no conversion
  BOOST_TEST(locks.cancel(session(1), 10));
  BOOST_TEST(locks.cancel(session(2), 20));
  BOOST_TEST(answers() == "10:interrupted 20:interrupted");
  BOOST_TEST(locks.held_count(LoneEnvironment::uuid(1)) == 0U);
  BOOST_TEST(locks.held_count(LoneEnvironment::uuid(2)) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(calls_cannot_be_parked_without_bound_during_recovery) {
  Fixture f;
  f.env.in_recovery = true;
  FileLocks small(f.env, {.held_per_client = 8, .waiting_per_client = 8, .held = 8, .waiting = 2});
  const auto park = [&](uint8_t client, uint64_t xid) {
    wire::SetLockRequestT request;
    request.fid = kFile;
    request.lock = Fixture::range(kWrite, 0, 9);
    small.set(f.call(client, wire::Opcode::kSetLock, xid, wire::encode(request)));
    return f.answers();
  };
  BOOST_TEST(park(1, 1) == "");
  BOOST_TEST(park(1, 2) == "");
  BOOST_TEST(park(2, 3) == "3:no_locks");
}

}  // namespace sheen::mds
