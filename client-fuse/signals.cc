// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/signals.h"

#include <cerrno>
#include <csignal>

#include <sys/signalfd.h>

namespace sheen::fuse {

Result<int> block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error(errno, "pthread_sigmask");
  signal(SIGPIPE, SIG_IGN);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return errno_error(errno, "signalfd");
  return fd;
}

}  // namespace sheen::fuse
