// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_link.h"

#include <cstring>

#include <zmq.h>

#include "lib/base/assert.h"
#include "lib/net/name_cache.h"
#include "lib/net/zmq_message.h"

namespace sheen::net {
namespace {

constexpr int kDownEvents = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_MONITOR_STOPPED |
                            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

// One call throws away no more than this, so that garbage cannot hold the thread.
constexpr int kDropsPerCall = 64;

constexpr int64_t kMonitorLookInterval = 1 * kMillisecond;

Status set_options(ZmqSocket& dealer, const ZmqOptions& options, const Address& address) {
  SHEEN_TRY(set_common_options(dealer, {options.link_send_queue, options.link_receive_queue}));
  SHEEN_TRY(set_address_family(dealer, address));
  // A connection that broke is the end of this link: what waits in ZeroMQ's queues would otherwise
  // reach the server's next life without our knowing.
  SHEEN_TRY(dealer.set_option(ZMQ_RECONNECT_IVL, "ZMQ_RECONNECT_IVL", -1));
  // Nothing is queued for a server that is not there.
  SHEEN_TRY(dealer.set_option(ZMQ_IMMEDIATE, "ZMQ_IMMEDIATE", 1));
  // The kernel alone would try for two minutes.
  return dealer.set_option(ZMQ_CONNECT_TIMEOUT, "ZMQ_CONNECT_TIMEOUT",
                           static_cast<int>(options.connect_timeout_ns / kMillisecond));
}

}  // namespace

Result<std::unique_ptr<Link>> ZmqLink::connect(const std::shared_ptr<ZmqWaitSet>& wait_set,
                                               const ZmqOptions& options, const Address& named,
                                               std::shared_ptr<uint64_t> dropped) {
  SHEEN_ASSIGN(const Address address, NameCache::process().numeric(named));
  SHEEN_ASSIGN(auto dealer, ZmqSocket::open(wait_set, ZMQ_DEALER));
  SHEEN_TRY(set_options(*dealer, options, address));
  const std::string monitor_address = ZmqContext::next_monitor_address();
  if (zmq_socket_monitor(dealer->handle(), monitor_address.c_str(),
                         kDownEvents | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) != 0)
    return zmq_error("monitor");
  SHEEN_ASSIGN(auto monitor, ZmqSocket::open(wait_set, ZMQ_PAIR));
  SHEEN_TRY(monitor->set_option(ZMQ_LINGER, "ZMQ_LINGER", 0));
  if (zmq_connect(monitor->handle(), monitor_address.c_str()) != 0) return zmq_error("monitor");
  if (zmq_connect(dealer->handle(), address.c_str()) != 0) return zmq_error(address);
  // In case a failure makes no event, the time is watched here as well.
  const MonotonicNs deadline = SystemClock().monotonic() + options.connect_timeout_ns;
  return std::unique_ptr<Link>(
      new ZmqLink(std::move(dealer), std::move(monitor), deadline, std::move(dropped)));
}

ZmqLink::ZmqLink(std::unique_ptr<ZmqSocket> dealer, std::unique_ptr<ZmqSocket> monitor,
                 MonotonicNs connect_deadline, std::shared_ptr<uint64_t> dropped)
    : dealer_(std::move(dealer)),
      monitor_(std::move(monitor)),
      connect_deadline_(connect_deadline),
      dropped_(std::move(dropped)) {}

ZmqLink::~ZmqLink() {
  // ZeroMQ's end of the monitor is closed only on request.
  zmq_socket_monitor(dealer_->handle(), nullptr, 0);
}

Status ZmqLink::send(wire::Message message) {
  if (state_ == LinkState::kDown) return Error(Errc::kNotConnected, "link is down");
  const bool bulk_crc = (message.header.flags & wire::kFlagBulkCrc) != 0;
  const std::vector<Buffer> frames = wire::to_frames(message, bulk_crc);
  Status sent = dealer_->send(nullptr, frames);
  if (!sent && sent.code() != Errc::kAgain) state_ = LinkState::kDown;
  return sent;
}

std::optional<wire::Message> ZmqLink::receive() {
  for (int drops = 0; drops < kDropsPerCall; ++drops) {
    const size_t count = dealer_->receive(frames_);
    if (count == 0) return std::nullopt;
    wire::Unframed unframed = unframe(frames_, count, buffers_);
    if (unframed.status) return std::move(unframed.message);
    ++*dropped_;
  }
  return std::nullopt;
}

LinkState ZmqLink::state() {
  if (state_ == LinkState::kDown) return state_;
  const MonotonicNs now = SystemClock().monotonic();
  // Armed, and wait() has not seen it readable: looking again would be one more system call in
  // every round trip. Callers that do not use wait() still get the news.
  if (!monitor_->armed() || now >= next_monitor_look_) take_monitor_events(now);
  if (state_ == LinkState::kConnecting && now > connect_deadline_) state_ = LinkState::kDown;
  return state_;
}

// An event is two frames: number (16 bits) and value (32 bits), then an address.
void ZmqLink::take_monitor_events(MonotonicNs now) {
  next_monitor_look_ = now + kMonitorLookInterval;
  std::array<ZmqFrame, 2> frames;
  while (monitor_->receive(frames) != 0) {
    const Buffer first = frames[0].borrow();
    uint16_t event = 0;
    SHEEN_ASSERT(first.size() >= sizeof event);
    std::memcpy(&event, first.data(), sizeof event);
    if ((event & kDownEvents) != 0) {
      state_ = LinkState::kDown;
    } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && state_ == LinkState::kConnecting) {
      state_ = LinkState::kUp;
    }
  }
}

}  // namespace sheen::net
