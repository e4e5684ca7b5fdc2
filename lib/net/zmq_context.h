// SPDX-License-Identifier: Apache-2.0
#pragma once

// ZmqContext: ZeroMQ's I/O thread and everything that is one per process. Owned jointly by the
// transports of the process; the last one to go ends it. Any thread may ask for it.
// A fork() must come before the first use: a context is unusable in the child.

#include <memory>
#include <string>

namespace sheen::net {

class ZmqContext {
 public:
  // The context of this process, made at the first use.
  static std::shared_ptr<ZmqContext> process();

  // Waits for all its sockets to be closed, at most for as long as they linger.
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;

  // Null if ZeroMQ could not be started; opening a socket then says so.
  void* handle() const { return handle_; }
  // An address for a socket's monitor, used by nothing else in the process.
  static std::string next_monitor_address();

 private:
  ZmqContext();
  void* handle_ = nullptr;
};

}  // namespace sheen::net
