// SPDX-License-Identifier: Apache-2.0
#pragma once

// DeferredCalls: a session's deferred requests in hand, so that no copy of one runs beside it: a
// copy only tells where the client is to be answered now. And the answers of those that have no
// slot but must not run twice (a lock): kept until the client's xid floor passes them, or
// kAnswersMax later ones were answered (a lock that waits holds the floor back for as long as it
// waits). Memory is enough for these: copies made before a restart name the old epoch, and locks
// are restated.
//
// Part of a Session; belongs to the lane. Bounded: a client with kWaitingMax requests in hand is
// put off.

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "lib/base/buffer.h"
#include "lib/base/result.h"

namespace sheen::target {

struct ReplyBody {
  Buffer body;
  Buffer bulk;
};

struct DeferredCall {
  std::string peer;   // of the latest copy
  bool bulk = false;  // the listener it came through
  bool answered = false;
  Errc status = Errc::kOk;  // once answered
  Buffer body;

  void keep(const Result<ReplyBody>& reply) {
    answered = true;
    status = reply.code();
    if (reply) body = reply->body;
  }
  Result<ReplyBody> reply() const {
    if (status != Errc::kOk) return status;
    return ReplyBody{body, {}};
  }
};

class DeferredCalls {
 public:
  static constexpr size_t kWaitingMax = 8192;
  // Copies are made of what is not answered, or whose answer was lost with its connection, which
  // can hold far fewer answers than this.
  static constexpr size_t kAnswersMax = 8192;

  bool full() const { return calls_.size() - answered_.size() >= kWaitingMax; }
  // Null: not in hand, and no answer is kept.
  DeferredCall* find(uint64_t xid) {
    const auto found = calls_.find(xid);
    return found == calls_.end() ? nullptr : &found->second;
  }
  void add(uint64_t xid, std::string peer, bool bulk) {
    DeferredCall& call = calls_[xid];
    call.peer = std::move(peer);
    call.bulk = bulk;
  }
  void keep_answer(uint64_t xid, const Result<ReplyBody>& reply) {
    calls_.at(xid).keep(reply);
    answered_.push_back(xid);
    if (answered_.size() <= kAnswersMax) return;
    calls_.erase(answered_.front());
    answered_.pop_front();
  }
  void forget(uint64_t xid) { calls_.erase(xid); }
  // The client has every answer below. What is in hand stays: it was given up, not answered.
  void pass(uint64_t xid_floor) {
    std::erase_if(answered_, [&](uint64_t xid) {
      if (xid >= xid_floor) return false;
      calls_.erase(xid);
      return true;
    });
  }

 private:
  std::map<uint64_t, DeferredCall> calls_;
  std::deque<uint64_t> answered_;  // of these, the oldest answer first
};

}  // namespace sheen::target
