// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reactor: the mount's one loop, over the servers' replies, the kernel's requests, signals and
// timers. It is the only thread that uses the client, the transport and (but for notifications) the
// session. main() owns it.

#include <cstdint>
#include <functional>

#include "client-fuse/filesystem.h"
#include "client-fuse/kernel_mount.h"
#include "client-fuse/notify_thread.h"
#include "client-fuse/session.h"
#include "lib/base/clock.h"
#include "lib/client/client.h"
#include "lib/net/zmq_transport.h"

namespace sheen::fuse {

class Reactor {
 public:
  // `signal_fd`: a non-blocking signalfd(2) of the signals named in signals.h.
  Reactor(net::ZmqTransport& transport, const Clock& clock, client::Client& client, int signal_fd);

  // Steps the client, without a mount, until `finished` says so. kTimedOut at the deadline;
  // kInterrupted when told to end by a signal, or when the other end of `parent_fd` is closed (-1:
  // there is none).
  Status drive(const std::function<bool()>& finished, MonotonicNs deadline, int parent_fd = -1);

  // Serves until the file system is unmounted. A first signal unmounts it; users that have it in
  // use then may go on for kGraceNs; then, or at a second signal, the connection is cut.
  void serve(Filesystem& fs, Session& session, KernelMount& mount, NotifyThread& notify);

  static constexpr int64_t kGraceNs = 5 * kSecond;

 private:
  struct Signals {
    unsigned terminations = 0;
    bool statistics = false;
  };
  Signals read_signals();
  bool step_client();
  void on_idle(Session& session);
  void log_statistics(const Filesystem& fs) const;

  net::ZmqTransport& transport_;
  const Clock& clock_;
  client::Client& client_;
  const int signal_fd_;
};

}  // namespace sheen::fuse
