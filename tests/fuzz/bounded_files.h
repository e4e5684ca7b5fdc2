// SPDX-License-Identifier: Apache-2.0
#pragma once

// A request for a huge object must not fill the machine's memory, which is where a storm's targets
// lie: what lies beyond the bound is EFBIG.

#include <csignal>

#include <sys/resource.h>

namespace sheen::fuzz {

inline void bound_files() {
  constexpr rlim_t kBytes = 64 << 20;
  const rlimit limit{kBytes, kBytes};
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_IGN);
}

}  // namespace sheen::fuzz
