// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the MDT's parts need to live outside of a lane: a clock that the test moves, a database in a
// temporary directory, and a transport to OSTs that are objects of the test. One thread.

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/rpc/cluster_map.h"
#include "lib/target/environment.h"
#include "tests/support/temporary_directory.h"

namespace sheen::mds {

class ManualClock final : public Clock {
 public:
  MonotonicNs monotonic() const override { return now; }
  RealtimeNs realtime() const override { return now; }
  int64_t now = 1'000 * kSecond;
};

// An OST that answers at once, or not at all.
struct SimpleOst {
  Uuid uuid;
  bool up = true;       // connections can be made and stay up
  bool answers = true;  // Statfs and Destroy are answered
  bool knows_client = false;
  Errc destroy_fails = Errc::kOk;
  wire::StatfsReplyT space;
  std::vector<std::vector<ObjectId>> destroyed;  // by request

  std::optional<Buffer> handle(const wire::Message& request, Errc& status);
};

class SimpleLink final : public net::Link {
 public:
  explicit SimpleLink(SimpleOst& ost) : ost_(ost) {}
  Status send(wire::Message message) override {
    if (state() == net::LinkState::kDown) return Errc::kNotConnected;
    Errc status = Errc::kOk;
    std::optional<Buffer> body = ost_.handle(message, status);
    if (!body) return ok();
    wire::Message reply;
    reply.header = message.header;
    reply.header.flags = wire::kFlagReply;
    reply.header.status = status;
    reply.header.epoch = 1;
    reply.body = std::move(*body);
    replies_.push_back(std::move(reply));
    return ok();
  }
  std::optional<wire::Message> receive() override {
    if (replies_.empty()) return std::nullopt;
    wire::Message message = std::move(replies_.front());
    replies_.pop_front();
    return message;
  }
  net::LinkState state() override {
    if (!ost_.up) down_ = true;
    return down_ ? net::LinkState::kDown : net::LinkState::kUp;
  }

 private:
  SimpleOst& ost_;
  bool down_ = false;
  std::deque<wire::Message> replies_;
};

inline std::optional<Buffer> SimpleOst::handle(const wire::Message& request, Errc& status) {
  switch (request.header.opcode) {
    case wire::Opcode::kConnect: {
      wire::ConnectReplyT reply;
      reply.epoch = 1;
      reply.slots = 8;
      reply.session = 1;
      reply.new_session = !std::exchange(knows_client, true);
      reply.ping_interval_ms = 5'000;
      reply.session_timeout_ms = 60'000;
      return wire::encode(reply);
    }
    case wire::Opcode::kPing: return wire::encode(wire::PingReplyT{});
    case wire::Opcode::kRecovered: return wire::encode(wire::RecoveredReplyT{});
    case wire::Opcode::kStatfs:
      if (!answers) return std::nullopt;
      return wire::encode(space);
    case wire::Opcode::kDestroy: {
      if (!answers) return std::nullopt;
      status = destroy_fails;
      if (status != Errc::kOk) return Buffer{};
      std::vector<ObjectId> objects;
      const auto table = wire::decode<wire::DestroyRequest>(request.body);
      BOOST_REQUIRE(table.has_value());
      for (const wire::ObjectKey* key : *(*table)->objects())
        objects.push_back(wire::from_key(*key));
      destroyed.push_back(std::move(objects));
      return wire::encode(wire::DestroyReplyT{});
    }
    default: return std::nullopt;
  }
}

class LoneEnvironment : public target::Environment, public net::Transport {
 public:
  LoneEnvironment() {
    config_.label = {"demo", TargetKind::kMdt, 0};
    config_.uuid = uuid(1);
    open_database();
  }

  static Uuid uuid(uint8_t n) {
    Uuid out;
    out.bytes[15] = n;
    return out;
  }

  // What survives the death of the process.
  void open_database() {
    database_.reset();
    store::DatabaseOptions options;
    options.path = directory_.path() + "/store.db";
    options.create = true;
    auto opened = store::Database::open(disk_, options);
    BOOST_REQUIRE(opened.has_value());
    database_ = std::move(*opened);
  }

  // An OST with a GiB, 90 % of it free, unless said otherwise afterwards.
  SimpleOst& add_ost(uint16_t index) {
    auto ost = std::make_unique<SimpleOst>();
    ost->uuid = uuid(static_cast<uint8_t>(100 + index));
    ost->space.bytes_total = uint64_t{1} << 30;
    ost->space.bytes_free = ost->space.bytes_available = (uint64_t{1} << 30) / 10 * 9;
    ost->space.inodes_total = ost->space.inodes_free = 100'000;
    return *(osts[index] = std::move(ost));
  }
  rpc::ClusterMap cluster_map() const {
    rpc::ClusterMap map;
    map.fsname = "demo";
    map.version = 1;
    for (const auto& [index, ost] : osts) {
      rpc::TargetState state;
      state.label = {"demo", TargetKind::kOst, index};
      state.info.fsname = "demo";
      state.info.label = state.label.to_string();
      state.info.uuid = ost->uuid;
      state.info.epoch = 1;
      state.info.control = {"test://" + std::to_string(index)};
      map.targets.push_back(std::move(state));
    }
    map.targets.push_back({.label = {"demo", TargetKind::kMdt, 0}});
    return map;
  }

  ManualClock manual_clock;
  bool in_recovery = false;
  Transno last;
  Transno durable;
  std::map<uint16_t, std::unique_ptr<SimpleOst>> osts;

  const target::TargetConfig& config() const override { return config_; }
  const std::string& directory() const override { return directory_.path(); }
  Epoch epoch() const override { return 1; }
  store::Disk& disk() override { return disk_; }
  store::Database& database() override { return *database_; }
  const Clock& clock() const override { return manual_clock; }
  Random& random() override { return random_; }
  net::Transport& transport() override { return *this; }
  rpc::ImportOptions import_options() const override {
    rpc::ImportOptions options;
    options.client = config_.uuid;
    options.client_name = "demo-MDT0000";
    options.role = wire::PeerRole::kMdt;
    return options;
  }
  rpc::Import* mgs() override { return nullptr; }
  target::SessionTable& sessions() override { std::abort(); }
  void send_notice(target::Session&, wire::Opcode, Buffer) override {}
  bool recovering() const override { return in_recovery; }
  Transno last_transno() const override { return last; }
  Transno committed() const override { return durable; }
  unsigned io_threads() const override { return 0; }
  void wake() override {}

  Result<std::unique_ptr<net::Link>> connect(const net::Address& address) override {
    const auto index = static_cast<uint16_t>(std::stoi(address.substr(7)));
    if (!osts.contains(index)) return Errc::kNotConnected;
    return std::unique_ptr<net::Link>(std::make_unique<SimpleLink>(*osts.at(index)));
  }
  Result<std::unique_ptr<net::Listener>> listen(const std::vector<net::Address>&) override {
    return Errc::kNotSupported;
  }
  std::string host_id() const override { return "test"; }

 private:
  target::TargetConfig config_;
  const TemporaryDirectory directory_;
  store::PosixDisk disk_;
  SeededRandom random_{1};
  std::unique_ptr<store::Database> database_;
};

}  // namespace sheen::mds
