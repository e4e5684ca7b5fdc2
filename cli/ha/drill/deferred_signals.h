// SPDX-License-Identifier: Apache-2.0
#pragma once

// DeferredSignals: while it lives, SIGINT, SIGTERM and SIGHUP do not end the process but can be
// asked for, so that what was made is taken away first. For the main thread, before it starts
// others: they block what it blocks. One at a time.

#include <csignal>

namespace sheen::cli {

class DeferredSignals {
 public:
  DeferredSignals();
  // What has come has been heeded: it ends nothing any more.
  ~DeferredSignals();
  DeferredSignals(const DeferredSignals&) = delete;
  DeferredSignals& operator=(const DeferredSignals&) = delete;

  // "SIGINT"; null: none has come. Any thread that was started since.
  const char* arrived() const;

 private:
  sigset_t deferred_;
  sigset_t before_;
};

}  // namespace sheen::cli
