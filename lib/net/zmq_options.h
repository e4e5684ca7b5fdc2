// SPDX-License-Identifier: Apache-2.0
#pragma once

// The socket options that links and listeners have in common. Every option that protects a process
// from its peers is set explicitly, whatever ZeroMQ's default is. Thread of the transport.

#include <string_view>

#include "lib/net/zmq_socket.h"

namespace sheen::net {

// The frames of a message: header, body, bulk.
inline constexpr size_t kFramesMax = 3;

struct QueueLengths {
  int send = 0;
  int receive = 0;
};

Status set_common_options(ZmqSocket& socket, QueueLengths queues);
// Before the first connect or bind of a socket that is to use `address`.
Status set_address_family(ZmqSocket& socket, std::string_view address);

}  // namespace sheen::net
