// SPDX-License-Identifier: Apache-2.0
#include "lib/base/event_queue.h"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/assert.h"

namespace sheen {

EventFd::EventFd() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { SHEEN_ASSERT(fd_ >= 0); }
EventFd::~EventFd() { close(fd_); }

void EventFd::signal() {
  const uint64_t one = 1;
  // EAGAIN means that the counter is at its maximum, so the reader is awake already.
  [[maybe_unused]] const ssize_t wrote = write(fd_, &one, sizeof one);
}

void EventFd::drain() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(fd_, &count, sizeof count);
}

}  // namespace sheen
