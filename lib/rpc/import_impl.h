// SPDX-License-Identifier: Apache-2.0
#pragma once

// Import::Impl: an import's state and its machine. connection.cc makes and loses the connection,
// recovery.cc brings a session back, requests.cc sends and matches requests. Owned by its Import,
// on its thread.

#include <array>
#include <deque>

#include "lib/rpc/candidates.h"
#include "lib/rpc/import.h"
#include "lib/rpc/outstanding.h"

namespace sheen::rpc {

struct Import::Impl {
  // One of the two links to a server, and what waits for room in it.
  struct Channel {
    std::unique_ptr<net::Link> link;
    std::deque<uint64_t> queue;  // xids; those that are gone meanwhile are skipped
    uint64_t probe_xid = 0;      // 0: none under way
    MonotonicNs probe_deadline = kNever;
    MonotonicNs retry_at = kNever;  // when a link without room is tried again
  };

  Impl(Import& owner, net::Transport& transport, const Clock& clock, Random& random,
       TargetInfo target, ImportOptions options, ImportObserver* observer);

  // import.cc's side
  uint64_t call(Request request, Completion completion);
  void restate(Request request, Completion completion);
  bool cancel_unsent(uint64_t xid);
  void give_up_connection(Epoch epoch, const Error& why);
  void on_moving();
  void update_target(const TargetInfo& target);
  bool step();
  MonotonicNs next_wakeup() const;
  void close(int64_t timeout_ns, UniqueFunction<void()> done);
  size_t in_flight() const;
  bool has_session_link() const {
    return state_ == ImportState::kFull || state_ == ImportState::kRecovering;
  }

  // connection.cc
  std::string name() const;
  bool step_connection(MonotonicNs now);
  void start_attempt(MonotonicNs now);
  bool step_attempt(MonotonicNs now);
  void attempt_failed(Error why, MonotonicNs now);
  void on_connect_reply(wire::Message message);
  void check_established();
  // The connection is gone or useless; connects anew, not before `delay_ns`.
  void lose(Error why, int64_t delay_ns);
  void drop_links();
  int64_t grow_backoff();
  bool fail_unreachable(MonotonicNs now);
  bool step_closed(MonotonicNs now);

  // recovery.cc
  void session_resumed(const wire::ConnectReply& reply);
  void start_recovery(bool restate);
  void on_restated(uint64_t connection);
  void say_recovered_if_done();
  void on_recovered(const wire::Message& message);
  void session_evicted();
  // Everything of callers that is not answered is on its way again, what was sent before first.
  void resume_requests();

  // requests.cc
  Outstanding& add(Purpose purpose, Request request, Completion completion);
  void add_internal(Purpose purpose, wire::Opcode opcode, Buffer body, bool bulk_link);
  uint64_t xid_floor() const;
  bool admits_callers() const;
  bool admits(const Request& request) const;
  void admit(Outstanding& request);
  void send_or_queue(Outstanding& request);
  Status transmit(Channel& channel, Outstanding& request);
  bool flush(Channel& channel);
  void give_waiting_slots();
  bool receive(Channel& channel);
  void on_message(wire::Message message, Channel& channel);
  void on_caller_reply(OutstandingMap::iterator found, wire::Message message);
  void finish(OutstandingMap::iterator found, Result<wire::Message> result);
  void fail_all(std::vector<uint64_t> xids, const Error& why);
  void stop_holding_recovery(Outstanding& request);
  void check_due(MonotonicNs now);
  void on_time_out(Outstanding& request, MonotonicNs now);
  void on_probe_answered(Channel& channel);
  void ping_if_idle(MonotonicNs now);
  Channel& channel_of(const Request& request) { return request.bulk_link ? bulk_ : control_; }

  Import& owner_;
  net::Transport& transport_;
  const Clock& clock_;
  Random& random_;
  TargetInfo target_;
  const ImportOptions options_;
  ImportObserver* const observer_;

  ImportState state_ = ImportState::kDisconnected;
  Channel control_;
  Channel bulk_;
  // Counts connections made, so that what belongs to an earlier one can be told.
  uint64_t connection_ = 0;

  std::vector<Candidate> candidates_;
  size_t candidate_ = 0;        // the one being used or tried next
  size_t failed_in_round_ = 0;  // candidates tried in vain since the last pause
  MonotonicNs next_attempt_at_ = 0;
  MonotonicNs attempt_deadline_ = kNever;
  unsigned slow_replies_ = 0;  // Connects in a row that got no answer in time
  int64_t backoff_ns_ = 0;
  bool progress_ = false;  // something was answered over this connection
  MonotonicNs disconnected_since_ = 0;
  MonotonicNs expected_back_until_ = 0;  // pauses between attempts stay short until then
  Error last_error_{Errc::kNotConnected};
  net::Address address_;
  uint64_t connect_xid_ = 0;     // 0: not sent yet
  wire::Message connect_reply_;  // kept until the bulk link is up, too
  bool connect_answered_ = false;

  uint64_t session_ = 0;  // as the server names it; 0: none was made yet
  Epoch epoch_ = 0;
  Transno committed_;
  Transno last_transno_;
  std::string boot_id_;
  uint64_t reconnects_ = 0;
  uint64_t dropped_replies_ = 0;
  int64_t ping_interval_ns_ = 0;  // 0: no pings
  MonotonicNs last_sent_ = 0;
  bool ping_under_way_ = false;

  bool must_recover_ = false;  // the server has not heard Recovered since it restarted
  bool resumed_ = false;       // callers' requests flow over this connection
  bool recovered_sent_ = false;
  size_t holding_recovery_ = 0;  // requests with holds_recovery

  uint64_t next_xid_;
  OutstandingMap requests_;
  SlotTable slots_;
  std::deque<uint64_t> slot_queue_;  // changes that wait for a slot
  MonotonicNs next_due_ = kNever;    // no later than the earliest due_at

  MonotonicNs close_deadline_ = kNever;
  UniqueFunction<void()> close_done_;
  // Lets callbacks given to others find out that this is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sheen::rpc
