// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/deferred_signals.h"

#include <array>
#include <ctime>
#include <utility>

namespace sheen::cli {
namespace {

constexpr std::array<std::pair<int, const char*>, 3> kDeferred = {
    {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}}};

}  // namespace

DeferredSignals::DeferredSignals() {
  sigemptyset(&deferred_);
  for (const auto& [number, name] : kDeferred) sigaddset(&deferred_, number);
  pthread_sigmask(SIG_BLOCK, &deferred_, &before_);
}

DeferredSignals::~DeferredSignals() {
  const timespec at_once{};
  while (::sigtimedwait(&deferred_, nullptr, &at_once) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

const char* DeferredSignals::arrived() const {
  sigset_t pending;
  sigpending(&pending);
  for (const auto& [number, name] : kDeferred)
    if (sigismember(&pending, number) == 1) return name;
  return nullptr;
}

}  // namespace sheen::cli
