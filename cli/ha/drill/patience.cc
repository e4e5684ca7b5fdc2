// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/patience.h"

#include <future>
#include <thread>

#include "lib/base/clock.h"

namespace sheen::cli {

bool done_within(std::chrono::milliseconds limit, UniqueFunction<void()> work,
                 UniqueFunction<bool()> given_up) {
  constexpr std::chrono::milliseconds kLook{50};
  std::promise<void> promise;
  const std::future<void> done = promise.get_future();
  std::thread([work = std::move(work), promise = std::move(promise)]() mutable {
    work();
    promise.set_value();
  }).detach();
  const SystemClock clock;
  const MonotonicNs end = clock.monotonic() + limit.count() * kMillisecond;
  while (clock.monotonic() < end && !given_up())
    if (done.wait_for(kLook) == std::future_status::ready) return true;
  return false;
}

}  // namespace sheen::cli
