// SPDX-License-Identifier: Apache-2.0
#include "lib/net/zmq_context.h"

#include <atomic>
#include <csignal>
#include <mutex>

#include <malloc.h>

#include <fmt/format.h>
#include <zmq.h>

#include "lib/base/log.h"

namespace sheen::net {
namespace {

// One stream uses one I/O thread at most; more of them pay only above some 4 GB/s, and on a small
// machine every further thread is a further thread to wake.
constexpr int kIoThreads = 1;
// Three per link (itself and both ends of its monitor); a client has two links to each OST. The
// default of 1023 ends at 170 OSTs.
constexpr int kSocketsMax = 16384;

// ZeroMQ mallocs every large message. By default each such block is an mmap of its own, and page
// faults then cost more than the copying. glibc accepts no threshold above 32 MiB.
constexpr int kMmapThreshold = 32 << 20;
// How much freed memory is kept for the next messages.
constexpr int kTrimThreshold = 8 << 20;

}  // namespace

std::shared_ptr<ZmqContext> ZmqContext::process() {
  static std::mutex mutex;
  static std::weak_ptr<ZmqContext> current;
  const std::lock_guard lock(mutex);
  std::shared_ptr<ZmqContext> context = current.lock();
  if (!context) {
    context = std::shared_ptr<ZmqContext>(new ZmqContext);
    current = context;
  }
  return context;
}

ZmqContext::ZmqContext() {
  mallopt(M_MMAP_THRESHOLD, kMmapThreshold);
  mallopt(M_TRIM_THRESHOLD, kTrimThreshold);
  // libzmq's threads inherit the mask of the thread that starts them: 4.3.4 can lose a message when
  // a signal interrupts one of them, and the process's signals belong to other threads anyway.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  handle_ = zmq_ctx_new();
  if (handle_ != nullptr) {
    zmq_ctx_set(handle_, ZMQ_IO_THREADS, kIoThreads);
    zmq_ctx_set(handle_, ZMQ_MAX_SOCKETS, kSocketsMax);
    // The threads are started by the first socket, which must therefore be made here.
    void* first = zmq_socket(handle_, ZMQ_PAIR);
    if (first != nullptr) zmq_close(first);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (handle_ == nullptr) SHEEN_ERROR("ZeroMQ could not be started: {}", zmq_strerror(zmq_errno()));
}

ZmqContext::~ZmqContext() {
  if (handle_ == nullptr) return;
  while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
  }
}

std::string ZmqContext::next_monitor_address() {
  static std::atomic<uint64_t> counter{0};
  return fmt::format("inproc://sheen-monitor-{}", counter.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace sheen::net
