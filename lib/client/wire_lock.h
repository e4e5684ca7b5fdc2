// SPDX-License-Identifier: Apache-2.0
#pragma once

// A FileLock on the wire. Lock types are Linux's numbers in both. Pure functions; any thread.

#include <fcntl.h>

#include "lib/client/types.h"

namespace sheen::client {

static_assert(F_RDLCK == 0 && F_WRLCK == 1 && F_UNLCK == 2, "the wire has Linux's numbers");

inline wire::LockRangeT to_wire(const FileLock& lock) {
  wire::LockRangeT out;
  out.start = lock.start;
  out.end = lock.end;
  out.type = static_cast<uint8_t>(lock.type);
  out.owner = lock.owner;
  out.pid = lock.pid;
  out.flock = lock.flock;
  return out;
}

inline FileLock from_wire(const wire::LockRange& lock) {
  return {lock.start(), lock.end(), lock.type(), lock.owner(), lock.pid(), lock.flock()};
}

}  // namespace sheen::client
