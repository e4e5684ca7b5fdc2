// SPDX-License-Identifier: Apache-2.0
#pragma once

// AdminSession: the network for a command that asks a few servers a few things and ends. It owns
// the transport and one import per target, and turns asynchronous calls into waiting ones: start()
// as many as wanted, then wait(); or call(), which is both. Imports give up on a server that cannot
// be reached in time, so nothing waits for ever. One thread.

#include <map>
#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/net/zmq_transport.h"
#include "lib/rpc/cluster_map.h"
#include "lib/rpc/import.h"

namespace sheen::cli {

class AdminSession {
 public:
  explicit AdminSession(int64_t give_up_after_ns = 5 * kSecond);
  // Says goodbye to the servers that are connected; waits for them for a moment only.
  ~AdminSession();
  AdminSession(const AdminSession&) = delete;
  AdminSession& operator=(const AdminSession&) = delete;

  // The completion runs in wait().
  template <class Request>
  void start(const rpc::TargetInfo& target, const typename Request::NativeTableType& request,
             rpc::TypedCompletion<Request> completion,
             rpc::RequestKind kind = rpc::RequestKind::kRead) {
    ++open_calls_;
    rpc::call<Request>(import(target), kind, request,
                       [this, completion = std::move(completion)](auto reply) mutable {
                         --open_calls_;
                         completion(std::move(reply));
                       });
  }
  // Until all started calls are answered or given up. False: the time was over first; what is not
  // answered by then is forgotten when this object goes.
  bool wait(int64_t timeout_ns);

  template <class Request>
  Result<rpc::ReplyFor<Request>> call(const rpc::TargetInfo& target,
                                      const typename Request::NativeTableType& request,
                                      rpc::RequestKind kind = rpc::RequestKind::kRead) {
    // Shared with the completion, which may run after we gave up waiting.
    auto result =
        std::make_shared<Result<rpc::ReplyFor<Request>>>(Error(Errc::kTimedOut, target.label));
    start<Request>(
        target, request, [result](auto reply) { *result = std::move(reply); }, kind);
    wait(give_up_after_ns_ + kSecond);
    return std::move(*result);
  }

 private:
  rpc::Import& import(const rpc::TargetInfo& target);
  void step_all();
  MonotonicNs next_wakeup() const;

  const int64_t give_up_after_ns_;
  SystemClock clock_;
  SystemRandom random_;
  net::ZmqTransport transport_;
  rpc::ImportOptions options_;
  std::map<std::string, std::unique_ptr<rpc::Import>> imports_;  // by label
  size_t open_calls_ = 0;
};

}  // namespace sheen::cli
