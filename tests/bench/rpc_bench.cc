// SPDX-License-Identifier: Apache-2.0
// The round trip of one request through Import and Lane against a bare ZeroMQ ping-pong with the
// same socket types, in one run, alternating, so that a busy machine disturbs both alike. Prints
// JSON.
//
//   rpc_bench [rounds] [calls per round] [tcp|ipc]
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <zmq.h>

#include "lib/base/assert.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/median.h"

using namespace sheen;

namespace {

constexpr uint16_t kPort = 7955;

class NullRole final : public target::Role {
 public:
  std::span<const target::Operation> operations() const override { return {}; }
  void* self() override { return this; }
  Status step(MonotonicNs) override { return ok(); }
  MonotonicNs next_wakeup() const override { return kNever; }
  store::DiskSpace space() override { return {}; }
};

Result<std::unique_ptr<target::Role>> open_null_role(target::Environment&) {
  return std::unique_ptr<target::Role>(std::make_unique<NullRole>());
}

// ROUTER thread that sends every message back; DEALER in the caller's thread.
class BarePingPong {
 public:
  explicit BarePingPong(const std::string& address) {
    context_ = zmq_ctx_new();
    router_ = zmq_socket(context_, ZMQ_ROUTER);
    SHEEN_ASSERT(zmq_bind(router_, address.c_str()) == 0);
    dealer_ = zmq_socket(context_, ZMQ_DEALER);
    SHEEN_ASSERT(zmq_connect(dealer_, address.c_str()) == 0);
    echo_ = std::thread([this] { echo(); });
  }
  ~BarePingPong() {
    stop_ = true;
    call();
    echo_.join();
    const int linger = 0;
    for (void* socket : {router_, dealer_}) {
      zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
      zmq_close(socket);
    }
    zmq_ctx_term(context_);
  }
  // Header- and body-sized frames there and back.
  void call() {
    std::array<char, 128> header{};
    std::array<char, 24> body{};
    zmq_send(dealer_, header.data(), header.size(), ZMQ_SNDMORE);
    zmq_send(dealer_, body.data(), body.size(), 0);
    zmq_pollitem_t item{dealer_, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, -1);
    zmq_recv(dealer_, header.data(), header.size(), 0);
    zmq_recv(dealer_, body.data(), body.size(), 0);
  }

 private:
  void echo() {
    while (!stop_) {
      zmq_pollitem_t item{router_, 0, ZMQ_POLLIN, 0};
      zmq_poll(&item, 1, -1);
      int more = 1;
      while (more != 0) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        zmq_msg_recv(&part, router_, 0);
        more = zmq_msg_more(&part);
        zmq_msg_send(&part, router_, more != 0 ? ZMQ_SNDMORE : 0);
      }
    }
  }
  void* context_;
  void* router_;
  void* dealer_;
  std::atomic<bool> stop_{false};
  std::thread echo_;
};

class RpcPingPong {
 public:
  explicit RpcPingPong(bool ipc) : server_({"bench-MGT", open_null_role, kPort, ipc}) {}
  void call() {
    bool answered = false;
    rpc::call<wire::PingRequest>(server_.import(), rpc::RequestKind::kRead, {},
                                 [&](auto reply) { answered = reply.has_value(); });
    server_.run_until([&] { return answered; });
  }

 private:
  bench::BenchServer server_;
};

template <class PingPong>
double round_us(PingPong& ping_pong, int calls) {
  const SystemClock clock;
  const MonotonicNs start = clock.monotonic();
  for (int i = 0; i < calls; ++i) ping_pong.call();
  return static_cast<double>(clock.monotonic() - start) / calls / kMicrosecond;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  const int calls = argc > 2 ? std::atoi(argv[2]) : 2000;
  const bool ipc = argc > 3 && std::string(argv[3]) == "ipc";
  std::vector<double> bare_us;
  std::vector<double> rpc_us;
  std::vector<double> ratios;
  {
    BarePingPong bare(ipc ? "ipc://@sheen-bench-bare" : "tcp://127.0.0.1:7957");
    RpcPingPong rpc(ipc);
    round_us(bare, calls / 4);
    round_us(rpc, calls / 4);
    for (int i = 0; i < rounds; ++i) {
      bare_us.push_back(round_us(bare, calls));
      rpc_us.push_back(round_us(rpc, calls));
      ratios.push_back(rpc_us.back() / bare_us.back());
    }
  }
  fmt::print(
      "{{\"transport\":\"{}\",\"bare_zeromq_us\":{:.1f},\"rpc_us\":{:.1f},\"ratio\":{:.2f}}}\n",
      ipc ? "ipc" : "tcp", bench::median(bare_us), bench::median(rpc_us), bench::median(ratios));
  return 0;
}
