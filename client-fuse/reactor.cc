// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/reactor.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client-fuse/killable_request.h"
#include "lib/base/log.h"

namespace sheen::fuse {
namespace {

// Between two looks at the replies: each may set a process free that waits for it.
constexpr unsigned kRequestsAtOnce = 16;
// Steps of the client before the kernel gets its turn.
constexpr unsigned kStepsAtOnce = 64;
// After this long without a request, memory of past transfers is given back.
constexpr int64_t kIdleNs = 5 * kSecond;
constexpr size_t kBuffersKeptIdle = 2;
constexpr int64_t kLongestWaitNs = 60 * kSecond;

// Between two looks at callers that a signal has interrupted.
constexpr int64_t kLookAgainNs = 250 * kMillisecond;

bool has_ended(int parent_fd) {
  pollfd parent{.fd = parent_fd, .events = 0, .revents = 0};
  return poll(&parent, 1, 0) > 0 && (parent.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

Reactor::Reactor(net::ZmqTransport& transport, const Clock& clock, client::Client& client,
                 int signal_fd)
    : transport_(transport), clock_(clock), client_(client), signal_fd_(signal_fd) {}

Reactor::Signals Reactor::read_signals() {
  Signals seen;
  signalfd_siginfo info{};
  while (read(signal_fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == static_cast<uint32_t>(SIGUSR1)) {
      seen.statistics = true;
    } else {
      ++seen.terminations;
    }
  }
  return seen;
}

bool Reactor::step_client() {
  bool worked = false;
  for (unsigned i = 0; i < kStepsAtOnce && client_.step(); ++i) worked = true;
  return worked;
}

Status Reactor::drive(const std::function<bool()>& finished, MonotonicNs deadline, int parent_fd) {
  for (;;) {
    const bool worked = step_client();
    if (finished()) return ok();
    if (read_signals().terminations != 0) return Errc::kInterrupted;
    if (has_ended(parent_fd))
      return Error(Errc::kInterrupted, "the program that wanted the mount has ended");
    const MonotonicNs now = clock_.monotonic();
    if (now >= deadline) return Errc::kTimedOut;
    const MonotonicNs wake =
        worked ? now : std::min({client_.next_wakeup(), deadline, now + kLongestWaitNs});
    const std::array fds{signal_fd_, parent_fd};
    transport_.wait(std::max<int64_t>(wake - now, 0), fds);
  }
}

void Reactor::serve(Filesystem& fs, Session& session, KernelMount& mount, NotifyThread& notify) {
  const std::array fds{session.fd(), signal_fd_};
  constexpr uint64_t kKernelReady = 1U << 0;
  constexpr uint64_t kSignalReady = 1U << 1;
  uint64_t ready = kKernelReady | kSignalReady;
  MonotonicNs last_request = clock_.monotonic();
  MonotonicNs grace_end = kNever;
  MonotonicNs look_again = 0;
  bool idle_done = false;
  unsigned terminations = 0;

  for (;;) {
    // Replies first: they free callers and memory, requests take both.
    bool worked = step_client();

    for (unsigned i = 0; (ready & kKernelReady) != 0 && i < kRequestsAtOnce; ++i) {
      const Session::Served served = session.serve_one();
      if (served == Session::Served::kEnded) return;
      if (served == Session::Served::kNothing) break;
      worked = true;
      idle_done = false;
    }

    const MonotonicNs now = clock_.monotonic();
    const Signals signals = (ready & kSignalReady) != 0 ? read_signals() : Signals{};
    if (signals.statistics) log_statistics(fs);
    if (signals.terminations != 0 && terminations == 0) {
      SHEEN_NOTICE("told to end: unmounting {}", mount.mountpoint());
      notify.unmount();
      grace_end = now + kGraceNs;
    }
    terminations += signals.terminations;
    if (terminations > 1 || now >= grace_end) {
      SHEEN_WARN("{} is in use still; cutting its users off", mount.mountpoint());
      mount.abort();
      return;
    }

    if (!fs.interrupted.empty() && now >= look_again) {
      answer_killed(fs);
      look_again = now + kLookAgainNs;
    }

    if (worked) {
      last_request = now;
      ready = transport_.wait(0, fds).fds;
      continue;
    }
    if (!idle_done && now - last_request >= kIdleNs) {
      on_idle(session);
      idle_done = true;
    }

    MonotonicNs wake = std::min({client_.next_wakeup(), grace_end, now + kLongestWaitNs});
    if (!idle_done) wake = std::min(wake, last_request + kIdleNs);
    if (!fs.interrupted.empty()) wake = std::min(wake, look_again);
    ready = transport_.wait(std::max<int64_t>(wake - now, 0), fds).fds;
  }
}

void Reactor::on_idle(Session& session) {
  session.buffers().trim(kBuffersKeptIdle);
  malloc_trim(0);
}

void Reactor::log_statistics(const Filesystem& fs) const {
  for (const std::string& line : fs.counters.to_lines()) SHEEN_NOTICE("counters: {}", line);
  SHEEN_NOTICE("open: files={} directories={}", client_.open_files(), fs.directories.size());
  for (const client::ImportStatus& import : client_.imports())
    SHEEN_NOTICE("import: {} {} {} epoch={} reconnects={} in_flight={}", import.label, import.state,
                 import.address, import.epoch, import.reconnects, import.in_flight);
}

}  // namespace sheen::fuse
