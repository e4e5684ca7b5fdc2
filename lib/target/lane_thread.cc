// SPDX-License-Identifier: Apache-2.0
#include "lib/target/lane_thread.h"

#include <algorithm>
#include <array>

#include "lib/base/log.h"
#include "lib/base/random.h"
#include "lib/net/zmq_transport.h"
#include "lib/store/disk.h"

namespace sheen::target {
namespace {
// The longest sleep: a monitor takes a lane for hung that has not turned around for much longer.
constexpr int64_t kSleepMax = 500 * kMillisecond;
}  // namespace

LaneThread::LaneThread(LaneOptions options, RoleFactory make_role)
    : last_round_(clock_.monotonic()), store_renewed_(clock_.monotonic()) {
  thread_ = std::thread([this, options = std::move(options), make_role]() mutable {
    run(std::move(options), make_role);
  });
}

LaneThread::~LaneThread() {
  stop();
  thread_.join();
}

void LaneThread::stop() {
  stop_ = true;
  stop_event_.signal();
}

int64_t LaneThread::age_ms() const {
  return (clock_.monotonic() - last_round_.load(std::memory_order_acquire)) / kMillisecond;
}

int64_t LaneThread::store_age_ms() const {
  return (clock_.monotonic() - store_renewed_.load(std::memory_order_acquire)) / kMillisecond;
}

void LaneThread::run(LaneOptions options, RoleFactory make_role) {
  outcome_ = serve(std::move(options), make_role);
  finished_.store(true, std::memory_order_release);
  event_.signal();
}

Status LaneThread::serve(LaneOptions options, RoleFactory make_role) {
  net::ZmqTransport transport(net::ZmqContext::process());
  store::PosixDisk disk;
  SystemRandom random;
  SHEEN_ASSIGN(const std::unique_ptr<Lane> lane,
               Lane::open(transport, disk, clock_, random, std::move(options), make_role));
  epoch_ = lane->epoch();
  started_.store(true, std::memory_order_release);
  event_.signal();
  const std::array<int, 2> fds{lane->wake_fd(), stop_event_.fd()};
  while (!stop_) {
    SHEEN_ASSIGN(const bool progressed, lane->step());
    const MonotonicNs now = clock_.monotonic();
    last_round_.store(now, std::memory_order_release);
    store_renewed_.store(now - lane->store_age_ns(), std::memory_order_release);
    registered_.store(lane->registered(), std::memory_order_release);
    if (!settled_ && lane->settled()) {
      settled_.store(true, std::memory_order_release);
      event_.signal();
    }
    recovering_.store(lane->recovering(), std::memory_order_release);
    // Busy or not: wait() is where news of sockets come from.
    const int64_t sleep =
        progressed ? 0 : std::clamp<int64_t>(lane->next_wakeup() - now, 0, kSleepMax);
    transport.wait(sleep, fds);
  }
  return lane->finish();
}

}  // namespace sheen::target
