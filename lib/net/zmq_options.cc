// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_options.h"

#include <algorithm>

#include <zmq.h>

#include "lib/base/limits.h"

namespace sheen::net {
namespace {

// What is left over at a close may still go out this long: enough for a last reply or a Disconnect,
// short enough for a stop. (Default: for ever, and the process cannot exit.)
constexpr int kLingerMs = 200;

// Of one frame; a peer that sends a larger one is disconnected. (Default: no limit.)
constexpr int64_t kFrameBytesMax = int64_t{std::max(kBodyMax, kBulkMax)} + 65536;

// Finds a peer whose host is gone: a dead TCP connection says nothing by itself. Answered by the
// peer's I/O thread, so a server that is merely busy does not look dead. Who is given up wrongly
// is connected to anew, nothing is lost; who is not given up is waited for, when an MGS died that
// would have said so. (Default: none.)
constexpr int kHeartbeatIntervalMs = 1000;
constexpr int kHeartbeatTimeoutMs = 4000;

// For a stranger who connects and says nothing, and for a server that accepts but hangs.
// (Default: 30 s.)
constexpr int kHandshakeMs = 5000;

}  // namespace

Status set_common_options(ZmqSocket& socket, QueueLengths queues) {
  SHEEN_TRY(socket.set_option(ZMQ_SNDHWM, "ZMQ_SNDHWM", queues.send));
  SHEEN_TRY(socket.set_option(ZMQ_RCVHWM, "ZMQ_RCVHWM", queues.receive));
  SHEEN_TRY(socket.set_option(ZMQ_LINGER, "ZMQ_LINGER", kLingerMs));
  SHEEN_TRY(socket.set_option(ZMQ_MAXMSGSIZE, "ZMQ_MAXMSGSIZE", kFrameBytesMax));
  SHEEN_TRY(socket.set_option(ZMQ_HEARTBEAT_IVL, "ZMQ_HEARTBEAT_IVL", kHeartbeatIntervalMs));
  SHEEN_TRY(socket.set_option(ZMQ_HEARTBEAT_TIMEOUT, "ZMQ_HEARTBEAT_TIMEOUT", kHeartbeatTimeoutMs));
  // The peer gives us up after the same time, if it knows no better.
  SHEEN_TRY(socket.set_option(ZMQ_HEARTBEAT_TTL, "ZMQ_HEARTBEAT_TTL", kHeartbeatTimeoutMs));
  SHEEN_TRY(socket.set_option(ZMQ_HANDSHAKE_IVL, "ZMQ_HANDSHAKE_IVL", kHandshakeMs));
  // ZMQ_SNDBUF and ZMQ_RCVBUF stay unset: setting them turns the kernel's autotuning off.
  return ok();
}

Status set_address_family(ZmqSocket& socket, std::string_view address) {
  if (address.find('[') == std::string_view::npos) return ok();
  return socket.set_option(ZMQ_IPV6, "ZMQ_IPV6", 1);
}

}  // namespace sheen::net
