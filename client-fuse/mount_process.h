// SPDX-License-Identifier: Apache-2.0
#pragma once

// MountProcess: the life of one mount, from the first contact with the MGS to the last byte of an
// unmounted file system. It owns client, session, mount, notify thread and reactor, in the order in
// which they may go. One per process; main thread.

#include <memory>

#include "client-fuse/filesystem.h"
#include "client-fuse/kernel_mount.h"
#include "client-fuse/mount_options.h"
#include "client-fuse/notify_thread.h"
#include "client-fuse/reactor.h"
#include "client-fuse/session.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/client/mount_spec.h"
#include "lib/net/zmq_transport.h"

namespace sheen::fuse {

class MountProcess {
 public:
  // `parent_fd`: mount() gives up when its other end is closed; -1: there is none.
  MountProcess(const MountOptions& options, const client::MountSpec& spec, std::string mountpoint,
               int signal_fd, int parent_fd);
  ~MountProcess();

  // Connects, finds the root, mounts. When it returns ok, the file system can be used; else
  // abandon() is to be called.
  Status mount();
  // Takes back what mount() has done so far: no mount and no session stays behind.
  void abandon();
  // Until unmounted; then says goodbye to the servers.
  void serve();

 private:
  Status find_root();
  void disconnect();

  const MountOptions options_;
  const client::MountSpec spec_;
  const std::string mountpoint_;
  const int parent_fd_;
  SystemClock clock_;
  SystemRandom random_;
  net::ZmqTransport transport_;
  // Its destructor answers what is outstanding, through the session.
  std::unique_ptr<Session> session_;
  std::unique_ptr<client::Client> client_;
  std::unique_ptr<Filesystem> fs_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<KernelMount> mount_;
  std::unique_ptr<NotifyThread> notify_;
};

}  // namespace sheen::fuse
