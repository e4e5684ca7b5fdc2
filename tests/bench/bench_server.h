// SPDX-License-Identifier: Apache-2.0
#pragma once

// BenchServer: a target formatted in a new directory under TMPDIR and served by a real LaneThread
// in this process, and an Import to it in the caller's thread. Removes the directory at its end.

#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/net/zmq_transport.h"
#include "lib/rpc/import.h"
#include "lib/target/lane_thread.h"
#include "tests/support/temporary_directory.h"

namespace sheen::bench {

struct ServerOptions {
  std::string label;
  target::RoleFactory make_role;
  uint16_t port;
  bool ipc = false;      // the import goes over ipc:// instead of TCP on loopback
  std::string mgs_node;  // host:port; empty for an MGT
};

class BenchServer {
 public:
  explicit BenchServer(const ServerOptions& options) : transport_(net::ZmqContext::process()) {
    target::TargetConfig config;
    config.label = *TargetLabel::parse(options.label);
    config.uuid = Uuid::generate(random_);
    config.service_nodes = {"127.0.0.1"};
    config.port = options.port;
    if (!options.mgs_node.empty()) config.mgs_nodes = {options.mgs_node};
    SHEEN_ASSERT(config.save(directory_.path()).has_value());
    target::LaneOptions lane;
    lane.directory = directory_.path();
    const std::string address = fmt::format("tcp://127.0.0.1:{}", options.port);
    lane.control = {address};
    server_ = std::make_unique<target::LaneThread>(lane, options.make_role);
    while (!server_->started()) {
      SHEEN_ASSERT(!server_->finished());
      usleep(1000);
    }
    rpc::TargetInfo target;
    target.label = options.label;
    target.uuid = config.uuid;
    target.control = {options.ipc ? "ipc://@sheen/" + config.uuid.to_string() : address};
    rpc::ImportOptions import_options;
    import_options.client = Uuid::generate(random_);
    import_ =
        std::make_unique<rpc::Import>(transport_, clock_, random_, target, import_options, nullptr);
  }

  rpc::Import& import() { return *import_; }
  // Serves the import until `done` says so.
  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      if (import_->step()) continue;
      transport_.wait(import_->next_wakeup() - clock_.monotonic());
    }
  }

 private:
  TemporaryDirectory directory_;
  SystemClock clock_;
  SystemRandom random_;
  net::ZmqTransport transport_;
  std::unique_ptr<target::LaneThread> server_;
  std::unique_ptr<rpc::Import> import_;
};

}  // namespace sheen::bench
