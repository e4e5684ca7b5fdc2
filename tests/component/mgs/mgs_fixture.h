// SPDX-License-Identifier: Apache-2.0
#pragma once

// MgsFixture: an Mgs on a real SQLite file in a temporary directory, with the least of an
// Environment around it: no network, no lane. run() does with an operation what the lane does. One
// thread.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/random.h"
#include "lib/store/disk.h"
#include "lib/target/environment.h"
#include "mgs/mgs.h"
#include "tests/support/temporary_directory.h"

namespace sheen::mgs {

struct Notice {
  Uuid client;
  wire::FsConfigT config;
  std::string node_down;  // of the other kind of notice
};

// The uuid that a number stands for in these tests.
Uuid numbered_uuid(uint64_t number);

class TestClock final : public Clock {
 public:
  MonotonicNs monotonic() const override { return now; }
  RealtimeNs realtime() const override { return now; }
  int64_t now = 1'000 * kSecond;
};

class MgsFixture : public target::Environment {
 public:
  MgsFixture();
  ~MgsFixture() override;

  // Stops and starts the MGS on the same directory. Session references are void afterwards.
  void restart();
  target::Role& role() { return *role_; }
  // The session of that client, made if there is none.
  target::Session& session(uint64_t client, wire::PeerRole role = wire::PeerRole::kClient);
  void close_session(uint64_t client);

  // Runs an operation as the lane does: decoded from bytes, in a savepoint, rolled back if it
  // fails; then the commit and step().
  template <class Request>
  Result<typename wire::RequestTraits<Request>::ReplyNative> run(
      target::Session& session, const typename wire::RequestTraits<Request>::Native& request) {
    using Traits = wire::RequestTraits<Request>;
    auto body = run_encoded(session, Traits::kOpcode, wire::encode(request));
    if (!body) return std::move(body).error();
    SHEEN_ASSIGN(const auto* table, wire::decode<typename Traits::Reply>(*body));
    typename Traits::ReplyNative reply;
    table->UnPackTo(&reply);
    return reply;
  }
  Result<Buffer> run_encoded(target::Session& session, wire::Opcode opcode, Buffer body);

  std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }

  const target::TargetConfig& config() const override { return config_; }
  const std::string& directory() const override { return directory_.path(); }
  Epoch epoch() const override { return 1; }
  store::Disk& disk() override { return disk_; }
  store::Database& database() override { return *database_; }
  const Clock& clock() const override { return clock_; }
  Random& random() override { return random_; }
  net::Transport& transport() override;
  rpc::ImportOptions import_options() const override { return {}; }
  rpc::Import* mgs() override { return nullptr; }
  target::SessionTable& sessions() override { return *sessions_; }
  void send_notice(target::Session& session, wire::Opcode opcode, Buffer body) override;
  bool recovering() const override { return false; }
  unsigned io_threads() const override { return 0; }
  void wake() override {}

 private:
  void open();

  target::TargetConfig config_;
  const TemporaryDirectory directory_;
  store::PosixDisk disk_;
  TestClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<target::SessionTable> sessions_;
  std::unique_ptr<target::Role> role_;
  std::vector<Notice> notices_;
};

}  // namespace sheen::mgs
