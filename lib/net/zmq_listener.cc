// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_listener.h"

#include <cerrno>

#include <zmq.h>

#include "lib/net/zmq_message.h"

namespace sheen::net {
namespace {

// After a restart all clients connect at once. (Default: 100.)
constexpr int kBacklog = 1024;

// One call throws away no more than this, so that garbage cannot hold the thread.
constexpr int kDropsPerCall = 64;

Status set_options(ZmqSocket& router, const ZmqOptions& options) {
  SHEEN_TRY(
      set_common_options(router, {options.listener_send_queue, options.listener_receive_queue}));
  // Says so when a peer is gone or its queue is full, instead of dropping in silence. All sends are
  // non-blocking, or one slow peer would stop everybody.
  SHEEN_TRY(router.set_option(ZMQ_ROUTER_MANDATORY, "ZMQ_ROUTER_MANDATORY", 1));
  // Our links have no routing id of their own. A peer that brings one and comes back with it must
  // not be shut out by its own dead connection.
  SHEEN_TRY(router.set_option(ZMQ_ROUTER_HANDOVER, "ZMQ_ROUTER_HANDOVER", 1));
  return router.set_option(ZMQ_BACKLOG, "ZMQ_BACKLOG", kBacklog);
}

}  // namespace

Result<std::unique_ptr<Listener>> ZmqListener::listen(const std::shared_ptr<ZmqWaitSet>& wait_set,
                                                      const ZmqOptions& options,
                                                      const std::vector<Address>& addresses) {
  SHEEN_ASSIGN(auto router, ZmqSocket::open(wait_set, ZMQ_ROUTER));
  SHEEN_TRY(set_options(*router, options));
  for (const Address& address : addresses) SHEEN_TRY(set_address_family(*router, address));
  std::unique_ptr<ZmqListener> listener(new ZmqListener(std::move(router)));
  for (const Address& address : addresses) SHEEN_TRY(listener->bind(address));
  return std::unique_ptr<Listener>(std::move(listener));
}

Status ZmqListener::bind(const Address& address) {
  const bool ipc = address.starts_with("ipc://");
  if (ipc && !address.starts_with("ipc://@"))
    return Error(Errc::kInvalid, address + ": only abstract unix sockets (ipc://@name)");
  if (zmq_bind(router_->handle(), address.c_str()) != 0) {
    if (zmq_errno() == EADDRINUSE) return Error(Errc::kBusy, address);
    return zmq_error(address);
  }
  if (ipc) {
    addresses_.push_back(address);
    return ok();
  }
  std::string bound(256, '\0');
  size_t size = bound.size();
  if (zmq_getsockopt(router_->handle(), ZMQ_LAST_ENDPOINT, bound.data(), &size) != 0)
    return zmq_error(address);
  bound.resize(size - 1);  // without its NUL
  addresses_.push_back(std::move(bound));
  return ok();
}

Status ZmqListener::send(const PeerId& peer, wire::Message message) {
  const bool bulk_crc = (message.header.flags & wire::kFlagBulkCrc) != 0;
  const std::vector<Buffer> frames = wire::to_frames(message, bulk_crc);
  Status sent = router_->send(&peer, frames);
  if (!sent && sent.code() != Errc::kAgain) return Error(Errc::kNotConnected, "the peer is gone");
  return sent;
}

std::optional<Received> ZmqListener::receive() {
  for (int drops = 0; drops < kDropsPerCall; ++drops) {
    const size_t count = router_->receive(frames_);
    if (count == 0) return std::nullopt;
    const std::span<ZmqFrame> frames(frames_);
    wire::Unframed unframed = unframe(frames.subspan(1), count - 1, buffers_);
    if (unframed.status || unframed.answerable)
      return Received{PeerId(frames_[0].borrow().view()), std::move(unframed.message),
                      std::move(unframed.status)};
    ++dropped_;
  }
  return std::nullopt;
}

}  // namespace sheen::net
