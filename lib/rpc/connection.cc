// SPDX-License-Identifier: Apache-2.0
// Import: making, losing and ending the connection.
#include <algorithm>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/rpc/import_impl.h"

namespace sheen::rpc {
namespace {

constexpr int64_t kBackoffMax = 1 * kSecond;
// A target that moves is back within moments, and then every client waits for it.
constexpr int64_t kMoveTakes = 10 * kSecond;
constexpr int64_t kMoveBackoffMax = 100 * kMillisecond;
// A server that is slow to answer a Connect gets up to 2^3 times connect_timeout, or it would be
// asked for ever and never wait for its answer.
constexpr unsigned kSlowRepliesMax = 3;

}  // namespace

Import::Impl::Impl(Import& owner, net::Transport& transport, const Clock& clock, Random& random,
                   TargetInfo target, ImportOptions options, ImportObserver* observer)
    : owner_(owner),
      transport_(transport),
      clock_(clock),
      random_(random),
      target_(std::move(target)),
      options_(std::move(options)),
      observer_(observer),
      candidates_(connect_candidates(target_, transport.host_id())),
      next_attempt_at_(clock.monotonic()),
      disconnected_since_(clock.monotonic()),
      // From the time of day, which outruns any rate of requests, in case that an uuid is used
      // again.
      next_xid_(options_.first_xid != 0
                    ? options_.first_xid
                    : static_cast<uint64_t>(std::max<RealtimeNs>(clock.realtime(), 1 << 10)) >>
                          10) {}

std::string Import::Impl::name() const {
  if (!target_.label.empty()) return target_.label;
  return target_.control.empty() ? "target without an address" : target_.control.front();
}

bool Import::Impl::step() {
  const MonotonicNs now = clock_.monotonic();
  if (state_ == ImportState::kClosed) return step_closed(now);
  bool happened = receive(control_);
  happened |= receive(bulk_);
  // A callback may have closed the import.
  if (state_ == ImportState::kClosed) return true;
  happened |= step_connection(now);
  if (has_session_link()) {
    check_due(now);
    ping_if_idle(now);
    happened |= flush(control_);
    happened |= flush(bulk_);
  }
  return happened;
}

bool Import::Impl::step_connection(MonotonicNs now) {
  if (fail_unreachable(now)) return true;
  switch (state_) {
    case ImportState::kDisconnected:
      if (now < next_attempt_at_ || candidates_.empty()) return false;
      start_attempt(now);
      return true;
    case ImportState::kConnecting: return step_attempt(now);
    case ImportState::kRecovering:
    case ImportState::kFull:
      for (Channel* channel : {&control_, &bulk_}) {
        if (channel->link && channel->link->state() == net::LinkState::kDown) {
          lose(Error(Errc::kNotConnected, "connection broken"), 0);
          return true;
        }
        if (now >= channel->probe_deadline) {
          lose(Error(Errc::kTimedOut, "server does not answer"), 0);
          return true;
        }
      }
      return false;
    case ImportState::kEvicted:
    case ImportState::kClosed: return false;
  }
  return false;
}

void Import::Impl::start_attempt(MonotonicNs now) {
  candidate_ %= candidates_.size();
  const Candidate& candidate = candidates_[candidate_];
  state_ = ImportState::kConnecting;
  // A host that does not answer at all is likely a dead one, if there is another.
  attempt_deadline_ = now + options_.connect_timeout_ns / (candidates_.size() > 1 ? 2 : 1);
  connect_answered_ = false;
  connect_xid_ = 0;
  for (const bool bulk : {false, true}) {
    const net::Address& address = bulk ? candidate.bulk : candidate.control;
    if (address.empty()) continue;
    auto link = transport_.connect(address);
    if (!link) return attempt_failed(std::move(link).error(), now);
    (bulk ? bulk_ : control_).link = std::move(*link);
  }
}

bool Import::Impl::step_attempt(MonotonicNs now) {
  const net::LinkState control = control_.link->state();
  const net::LinkState bulk = bulk_.link ? bulk_.link->state() : net::LinkState::kUp;
  if (control == net::LinkState::kDown || bulk == net::LinkState::kDown) {
    attempt_failed(Error(Errc::kNotConnected, "connection refused or broken"), now);
    return true;
  }
  if (now >= attempt_deadline_) {
    if (connect_xid_ != 0) slow_replies_ = std::min(slow_replies_ + 1, kSlowRepliesMax);
    attempt_failed(Error(Errc::kTimedOut, "connect"), now);
    return true;
  }
  if (control == net::LinkState::kUp && connect_xid_ == 0) {
    attempt_deadline_ = now + (options_.connect_timeout_ns << slow_replies_);
    wire::ConnectRequestT connect;
    connect.version_minor = wire::kVersionMinor;
    connect.client_name = options_.client_name;
    connect.fsname = target_.fsname;
    connect.label = target_.label;
    connect.role = static_cast<uint8_t>(options_.role);
    connect.session = session_;
    connect_xid_ = next_xid_;
    add_internal(Purpose::kConnect, wire::Opcode::kConnect, wire::encode(connect), false);
    return true;
  }
  const uint64_t before = connection_;
  flush(control_);
  if (connect_answered_) check_established();
  return connection_ != before;
}

void Import::Impl::attempt_failed(Error why, MonotonicNs now) {
  SHEEN_DEBUG("{}: {}: {}", name(), candidates_[candidate_].control, why.message());
  last_error_ = std::move(why).with(candidates_[candidate_].control);
  drop_links();
  state_ = ImportState::kDisconnected;
  candidate_ = (candidate_ + 1) % candidates_.size();
  if (++failed_in_round_ < candidates_.size()) {
    next_attempt_at_ = now;
    return;
  }
  failed_in_round_ = 0;
  next_attempt_at_ = now + grow_backoff();
}

// The next pause: doubled each time, and of random length so that the clients of a server that
// comes back do not come in waves.
int64_t Import::Impl::grow_backoff() {
  const int64_t least = std::max<int64_t>(options_.retry_interval_ns, kMillisecond);
  const bool moving = clock_.monotonic() < expected_back_until_;
  backoff_ns_ =
      std::clamp(backoff_ns_ * 2, least, std::max(least, moving ? kMoveBackoffMax : kBackoffMax));
  return backoff_ns_ * 3 / 4 + static_cast<int64_t>(random_.below(backoff_ns_ / 2 + 1));
}

void Import::Impl::on_connect_reply(wire::Message message) {
  const MonotonicNs now = clock_.monotonic();
  const wire::Header& header = message.header;
  if (header.status != Errc::kOk)
    return attempt_failed(Error(header.status, std::string(message.body.view())), now);
  const auto reply = wire::decode<wire::ConnectReply>(message.body);
  if (!reply) return attempt_failed(reply.error(), now);
  if ((*reply)->session() == 0)
    return attempt_failed(Error(Errc::kBadRequest, "a session without a name"), now);
  // An earlier life of the target that still runs somewhere must not be used.
  if ((*reply)->epoch() < std::max(epoch_, target_.epoch))
    return attempt_failed(Error(Errc::kWrongEpoch, "an outdated server of the target"), now);
  connect_reply_ = std::move(message);
  connect_answered_ = true;
  check_established();
}

void Import::Impl::check_established() {
  if (bulk_.link && bulk_.link->state() != net::LinkState::kUp) return;
  const wire::Message message = std::move(connect_reply_);
  connect_reply_ = {};
  connect_answered_ = false;
  const auto reply = wire::decode<wire::ConnectReply>(message.body);
  SHEEN_ASSERT(reply);
  const MonotonicNs now = clock_.monotonic();
  address_ = candidates_[candidate_].control;
  ++connection_;
  if (session_ != 0) ++reconnects_;
  slow_replies_ = 0;
  failed_in_round_ = 0;
  progress_ = false;
  last_sent_ = now;
  ping_under_way_ = false;
  ping_interval_ns_ = int64_t{(*reply)->ping_interval_ms()} * kMillisecond;
  boot_id_ = wire::text((*reply)->boot_id());
  committed_ = std::max(committed_, message.header.committed);
  SHEEN_INFO("{}: connected to {}, epoch {}, after {} ms", name(), address_, (*reply)->epoch(),
             (now - disconnected_since_) / kMillisecond);
  session_resumed(**reply);
}

void Import::Impl::drop_links() {
  for (Channel* channel : {&control_, &bulk_}) *channel = Channel{};
  ping_under_way_ = false;
  recovered_sent_ = false;
  resumed_ = false;
  // Replies to these would come over the link that is gone.
  std::erase_if(requests_, [](const auto& entry) {
    const Purpose purpose = entry.second.purpose;
    return purpose != Purpose::kCaller && purpose != Purpose::kRestate;
  });
  for (auto& [xid, request] : requests_) {
    request.queued = false;
    request.overdue = false;
    request.due_at = kNever;
    request.due_resend = false;
    stop_holding_recovery(request);
  }
  next_due_ = kNever;
}

void Import::Impl::lose(Error why, int64_t delay_ns) {
  if (!has_session_link()) return;
  const MonotonicNs now = clock_.monotonic();
  SHEEN_NOTICE("{}: connection to {} lost ({}); {} requests wait", name(), address_, why.message(),
               in_flight());
  // Without any answer in between, connecting again and again would be all that happens.
  if (!progress_) delay_ns = std::max(delay_ns, grow_backoff());
  last_error_ = std::move(why).with(address_);
  drop_links();
  state_ = ImportState::kDisconnected;
  disconnected_since_ = now;
  failed_in_round_ = 0;
  next_attempt_at_ = now + delay_ns;
  std::vector<uint64_t> restates;
  for (const auto& [xid, request] : requests_)
    if (request.purpose == Purpose::kRestate) restates.push_back(xid);
  fail_all(std::move(restates), last_error_);
}

void Import::Impl::give_up_connection(Epoch epoch, const Error& why) {
  if (!has_session_link() || epoch_ > epoch) return;
  progress_ = true;  // the news is reason enough not to wait
  ++candidate_;
  lose(why, 0);
}

// It has made everything durable, and listens no more.
void Import::Impl::on_moving() {
  if (!has_session_link()) return;
  expected_back_until_ = clock_.monotonic() + kMoveTakes;
  progress_ = true;
  ++candidate_;
  lose(Error(Errc::kShuttingDown, "the target moves"), options_.retry_interval_ns);
}

bool Import::Impl::fail_unreachable(MonotonicNs now) {
  if (options_.give_up_after_ns == 0 || has_session_link() || requests_.empty()) return false;
  std::vector<uint64_t> overdue;
  for (const auto& [xid, request] : requests_) {
    if (request.purpose != Purpose::kCaller) continue;
    const MonotonicNs since = std::max(request.issued_at, disconnected_since_);
    if (now - since < options_.give_up_after_ns) break;
    overdue.push_back(xid);
  }
  if (overdue.empty()) return false;
  fail_all(std::move(overdue),
           Error(Errc::kNotConnected, fmt::format("{}: {}", name(), last_error_.message())));
  return true;
}

void Import::Impl::update_target(const TargetInfo& target) {
  const MonotonicNs now = clock_.monotonic();
  const bool other_uuid = target.uuid != target_.uuid;
  target_ = target;
  if (other_uuid) epoch_ = 0;  // of what was there before it was formatted anew
  std::vector<Candidate> candidates = connect_candidates(target_, transport_.host_id());
  const bool moved = candidates != candidates_;
  if (moved) {
    candidates_ = std::move(candidates);
    candidate_ = 0;
    failed_in_round_ = 0;
  }
  const bool restarted = target_.epoch > epoch_ || other_uuid;
  switch (state_) {
    case ImportState::kFull:
    case ImportState::kRecovering:
      if (restarted) {
        progress_ = true;  // the news is reason enough not to wait
        lose(Error(Errc::kWrongEpoch, "the MGS tells of a newer one"), 0);
      }
      return;
    case ImportState::kConnecting:
      if (!moved && !other_uuid) return;
      drop_links();
      state_ = ImportState::kDisconnected;
      break;
    case ImportState::kDisconnected:
      if (!moved && !restarted) return;
      break;
    case ImportState::kEvicted:
    case ImportState::kClosed: return;
  }
  backoff_ns_ = 0;
  next_attempt_at_ = now;
}

void Import::Impl::close(int64_t timeout_ns, UniqueFunction<void()> done) {
  SHEEN_ASSERT(state_ != ImportState::kClosed);
  const bool connected = has_session_link();
  state_ = ImportState::kClosed;
  close_done_ = std::move(done);
  close_deadline_ = clock_.monotonic();
  std::vector<uint64_t> unanswered;
  for (const auto& [xid, request] : requests_)
    if (request.purpose == Purpose::kCaller || request.purpose == Purpose::kRestate)
      unanswered.push_back(xid);
  fail_all(std::move(unanswered), Error(Errc::kShuttingDown, "connection was closed"));
  requests_.clear();  // pings and their kind
  if (!connected) return drop_links();
  close_deadline_ += timeout_ns;
  add_internal(Purpose::kDisconnect, wire::Opcode::kDisconnect,
               wire::encode(wire::DisconnectRequestT{}), false);
}

bool Import::Impl::step_closed(MonotonicNs now) {
  if (!close_done_) return false;
  if (control_.link) {
    flush(control_);
    receive(control_);
  }
  const bool waiting = control_.link && control_.link->state() == net::LinkState::kUp &&
                       !requests_.empty() && now < close_deadline_;
  if (waiting) return false;
  drop_links();
  requests_.clear();
  UniqueFunction<void()> done = std::move(close_done_);
  close_done_ = {};
  done();
  return true;
}

MonotonicNs Import::Impl::next_wakeup() const {
  MonotonicNs at = kNever;
  switch (state_) {
    case ImportState::kClosed: return close_done_ ? close_deadline_ : kNever;
    case ImportState::kDisconnected:
      if (!candidates_.empty()) at = next_attempt_at_;
      break;
    case ImportState::kConnecting: at = std::min(attempt_deadline_, control_.retry_at); break;
    case ImportState::kRecovering:
    case ImportState::kFull:
    case ImportState::kEvicted:
      at = next_due_;
      if (ping_interval_ns_ != 0 && !ping_under_way_)
        at = std::min(at, last_sent_ + ping_interval_ns_);
      for (const Channel* channel : {&control_, &bulk_})
        at = std::min({at, channel->probe_deadline, channel->retry_at});
      return at;
  }
  if (options_.give_up_after_ns != 0) {
    const auto first = std::find_if(requests_.begin(), requests_.end(), [](const auto& entry) {
      return entry.second.purpose == Purpose::kCaller;
    });
    if (first != requests_.end())
      at = std::min(
          at, std::max(first->second.issued_at, disconnected_since_) + options_.give_up_after_ns);
  }
  return at;
}

}  // namespace sheen::rpc
