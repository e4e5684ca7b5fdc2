// SPDX-License-Identifier: Apache-2.0
// Import: sending requests and matching replies.
#include <algorithm>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/rpc/import_impl.h"

namespace sheen::rpc {
namespace {

// Messages taken from one link before other work gets its turn.
constexpr int kReceiveMax = 128;
// A request that a recovering server put off is sent again after this.
constexpr int64_t kRecoveringRetry = 100 * kMillisecond;
// For a link without room, in case nothing else wakes the loop.
constexpr int64_t kRoomRetry = 1 * kMillisecond;

// The status says that the connection, not the request, is at fault.
bool needs_reconnect(Errc status) {
  return status == Errc::kWrongEpoch || status == Errc::kNoSession ||
         status == Errc::kWrongTarget || status == Errc::kShuttingDown || status == Errc::kEvicted;
}

// Of an error reply, the body is its detail in plain text.
Error error_of(const wire::Message& message) {
  return {message.header.status, std::string(message.body.view())};
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// Callers

uint64_t Import::Impl::call(Request request, Completion completion) {
  if (state_ == ImportState::kClosed) {
    completion(Error(Errc::kShuttingDown, "connection was closed"));
    return 0;
  }
  Outstanding& added = add(Purpose::kCaller, std::move(request), std::move(completion));
  const uint64_t xid = added.xid;
  if (admits(added.request)) admit(added);
  return xid;
}

void Import::Impl::restate(Request request, Completion completion) {
  if (state_ != ImportState::kRecovering || resumed_) {
    call(std::move(request), std::move(completion));
    return;
  }
  // All slots may be taken by what waits for the restatement.
  SHEEN_ASSERT(request.kind == RequestKind::kRead);
  send_or_queue(add(Purpose::kRestate, std::move(request), std::move(completion)));
}

bool Import::Impl::cancel_unsent(uint64_t xid) {
  const auto found = requests_.find(xid);
  if (found == requests_.end() || found->second.sent) return false;
  const uint32_t slot = found->second.slot;
  requests_.erase(found);
  if (slot != wire::kNoSlot) {
    slots_.give_back(slot);
    give_waiting_slots();
  }
  return true;
}

size_t Import::Impl::in_flight() const {
  return static_cast<size_t>(
      std::count_if(requests_.begin(), requests_.end(),
                    [](const auto& entry) { return entry.second.purpose == Purpose::kCaller; }));
}

// ---------------------------------------------------------------------------------------------
// Sending

Outstanding& Import::Impl::add(Purpose purpose, Request request, Completion completion) {
  const uint64_t xid = next_xid_++;
  Outstanding& added = requests_.emplace_hint(requests_.end(), xid, Outstanding{})->second;
  added.xid = xid;
  added.purpose = purpose;
  added.request = std::move(request);
  added.completion = std::move(completion);
  added.issued_at = clock_.monotonic();
  return added;
}

void Import::Impl::add_internal(Purpose purpose, wire::Opcode opcode, Buffer body, bool bulk_link) {
  Request request;
  request.opcode = opcode;
  request.body = std::move(body);
  request.bulk_link = bulk_link;
  send_or_queue(add(purpose, std::move(request), {}));
}

uint64_t Import::Impl::xid_floor() const {
  return requests_.empty() ? next_xid_ : requests_.begin()->first;
}

bool Import::Impl::admits_callers() const { return has_session_link() && resumed_; }

bool Import::Impl::admits(const Request& request) const {
  return admits_callers() && (!request.of_session || state_ == ImportState::kFull);
}

void Import::Impl::admit(Outstanding& request) {
  if (request.request.kind == RequestKind::kChange && request.slot == wire::kNoSlot) {
    const std::optional<uint32_t> slot = slot_queue_.empty() ? slots_.take() : std::nullopt;
    if (!slot) {
      slot_queue_.push_back(request.xid);
      return;
    }
    request.slot = *slot;
  }
  send_or_queue(request);
}

void Import::Impl::give_waiting_slots() {
  if (!admits_callers()) return;
  while (!slot_queue_.empty()) {
    const auto found = requests_.find(slot_queue_.front());
    if (found != requests_.end()) {
      const std::optional<uint32_t> slot = slots_.take();
      if (!slot) return;
      found->second.slot = *slot;
      send_or_queue(found->second);
    }
    slot_queue_.pop_front();
  }
}

void Import::Impl::send_or_queue(Outstanding& request) {
  Channel& channel = channel_of(request.request);
  if (channel.queue.empty() && transmit(channel, request)) return;
  channel.queue.push_back(request.xid);
  request.queued = true;
}

Status Import::Impl::transmit(Channel& channel, Outstanding& request) {
  if (!channel.link) return Error(Errc::kNotConnected, "no link");
  wire::Message message;
  wire::Header& header = message.header;
  header.opcode = request.request.opcode;
  if (request.sent) header.flags |= wire::kFlagResent;
  if (options_.bulk_crc) header.flags |= wire::kFlagBulkCrc;
  header.client = options_.client;
  header.target = target_.uuid;
  // A server that is asked to connect hears of it if there is a newer life of its target.
  header.epoch = request.purpose == Purpose::kConnect ? std::max(epoch_, target_.epoch) : epoch_;
  header.slot = request.slot;
  header.xid = request.xid;
  header.xid_floor = xid_floor();
  message.body = request.request.body;
  message.bulk = request.request.bulk;
  Status sent = channel.link->send(std::move(message));
  const MonotonicNs now = clock_.monotonic();
  if (!sent) {
    channel.retry_at = now + kRoomRetry;
    return sent;
  }
  request.sent = true;
  request.due_resend = false;
  request.due_at = now + options_.request_timeout_ns;
  next_due_ = std::min(next_due_, request.due_at);
  last_sent_ = now;
  return ok();
}

bool Import::Impl::flush(Channel& channel) {
  channel.retry_at = kNever;
  bool happened = false;
  while (!channel.queue.empty()) {
    const auto found = requests_.find(channel.queue.front());
    if (found != requests_.end()) {
      if (!transmit(channel, found->second)) break;
      found->second.queued = false;
    }
    channel.queue.pop_front();
    happened = true;
  }
  return happened;
}

// ---------------------------------------------------------------------------------------------
// Receiving

bool Import::Impl::receive(Channel& channel) {
  int taken = 0;
  // A callback may end the connection.
  while (taken < kReceiveMax && channel.link) {
    std::optional<wire::Message> message = channel.link->receive();
    if (!message) break;
    ++taken;
    on_message(std::move(*message), channel);
  }
  return taken != 0;
}

void Import::Impl::on_message(wire::Message message, Channel& channel) {
  const wire::Header& header = message.header;
  if (header.is_notice()) {
    if (header.epoch < epoch_) {
      ++dropped_replies_;
    } else if (header.opcode == wire::Opcode::kMovingNotice) {
      on_moving();
    } else if (observer_ != nullptr) {
      observer_->on_notice(owner_, message);
    }
    return;
  }
  const auto found = header.is_reply() ? requests_.find(header.xid) : requests_.end();
  if (found == requests_.end() || found->second.request.opcode != header.opcode) {
    ++dropped_replies_;
    return;
  }
  const Purpose purpose = found->second.purpose;
  if (purpose == Purpose::kConnect) {
    requests_.erase(found);
    return on_connect_reply(std::move(message));
  }
  if (header.epoch < epoch_) {
    ++dropped_replies_;
    return;
  }
  committed_ = std::max(committed_, header.committed);
  if (needs_reconnect(header.status) && purpose != Purpose::kDisconnect) {
    // These may be served elsewhere; the others are answered by a new session here.
    const bool elsewhere =
        header.status == Errc::kWrongTarget || header.status == Errc::kShuttingDown;
    if (elsewhere) ++candidate_;
    return lose(error_of(message), elsewhere ? options_.retry_interval_ns : 0);
  }
  progress_ = true;
  backoff_ns_ = 0;
  switch (purpose) {
    case Purpose::kCaller:
    case Purpose::kRestate: return on_caller_reply(found, std::move(message));
    case Purpose::kPing: ping_under_way_ = false; break;
    case Purpose::kProbe: on_probe_answered(channel); break;
    case Purpose::kRecovered: requests_.erase(found); return on_recovered(message);
    case Purpose::kDisconnect:
    case Purpose::kConnect: break;
  }
  requests_.erase(found);
}

void Import::Impl::on_caller_reply(OutstandingMap::iterator found, wire::Message message) {
  Outstanding& request = found->second;
  if (message.header.status == Errc::kRecovering) {
    stop_holding_recovery(request);  // the server puts it off until after that
    request.due_resend = true;
    request.due_at = clock_.monotonic() + kRecoveringRetry;
    next_due_ = std::min(next_due_, request.due_at);
    return say_recovered_if_done();
  }
  // A change that was sent before the restart may have been done: it stays the same request, and it
  // comes before the client says Recovered.
  if (message.header.status == Errc::kAgain && request.holds_recovery) {
    request.due_resend = true;
    request.due_at = clock_.monotonic() + kRecoveringRetry;
    next_due_ = std::min(next_due_, request.due_at);
    return;
  }
  last_transno_ = std::max(last_transno_, message.header.transno);
  if (message.header.status != Errc::kOk) return finish(found, error_of(message));
  finish(found, std::move(message));
}

void Import::Impl::finish(OutstandingMap::iterator found, Result<wire::Message> result) {
  stop_holding_recovery(found->second);
  const uint32_t slot = found->second.slot;
  Completion completion = std::move(found->second.completion);
  requests_.erase(found);
  if (slot != wire::kNoSlot) {
    slots_.give_back(slot);
    give_waiting_slots();
  }
  say_recovered_if_done();
  completion(std::move(result));
}

void Import::Impl::fail_all(std::vector<uint64_t> xids, const Error& why) {
  for (const uint64_t xid : xids) {
    // A completion may have cancelled others.
    const auto found = requests_.find(xid);
    if (found != requests_.end()) finish(found, why);
  }
}

void Import::Impl::stop_holding_recovery(Outstanding& request) {
  if (!request.holds_recovery) return;
  request.holds_recovery = false;
  --holding_recovery_;
}

// ---------------------------------------------------------------------------------------------
// Time

void Import::Impl::check_due(MonotonicNs now) {
  if (now < next_due_) return;
  std::vector<uint64_t> due;
  next_due_ = kNever;
  for (const auto& [xid, request] : requests_) {
    if (request.due_at <= now) {
      due.push_back(xid);
    } else {
      next_due_ = std::min(next_due_, request.due_at);
    }
  }
  for (const uint64_t xid : due) {
    Outstanding& request = requests_.at(xid);
    request.due_at = kNever;
    if (request.queued) continue;
    if (request.due_resend) {
      send_or_queue(request);
    } else {
      on_time_out(request, now);
    }
  }
}

// The request or its reply was lost, or the server is still at it (a lock that waits), or there is
// no server any more. A probe tells the last from the others without disturbing them.
void Import::Impl::on_time_out(Outstanding& request, MonotonicNs now) {
  Channel& channel = channel_of(request.request);
  request.overdue = true;
  if (channel.probe_xid != 0) return;
  channel.probe_xid = next_xid_;
  channel.probe_deadline = now + options_.connect_timeout_ns;
  add_internal(Purpose::kProbe, wire::Opcode::kPing, wire::encode(wire::PingRequestT{}),
               request.request.bulk_link);
}

void Import::Impl::on_probe_answered(Channel& channel) {
  channel.probe_xid = 0;
  channel.probe_deadline = kNever;
  for (auto& [xid, request] : requests_) {
    if (!request.overdue || &channel_of(request.request) != &channel) continue;
    request.overdue = false;
    send_or_queue(request);
  }
}

void Import::Impl::ping_if_idle(MonotonicNs now) {
  if (ping_interval_ns_ == 0 || ping_under_way_ || now < last_sent_ + ping_interval_ns_) return;
  ping_under_way_ = true;
  add_internal(Purpose::kPing, wire::Opcode::kPing, wire::encode(wire::PingRequestT{}), false);
}

}  // namespace sheen::rpc
