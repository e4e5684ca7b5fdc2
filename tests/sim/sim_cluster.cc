// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_cluster.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "mds/mdt.h"
#include "mgs/mgs.h"
#include "oss/ost.h"

namespace sheen::sim {
namespace {

constexpr const char* kServerHost = "servers";
constexpr int kRoundsMax =
    1000;  // of one instant; more means that two parties keep each other busy

}  // namespace

SimCluster::SimCluster(std::string directory, uint64_t seed, unsigned osts)
    : directory_(std::move(directory)), network_(clock_, seed * 2 + 1), random_(seed) {
  servers_["MGT"] = {mgs::open_mgs, rpc::kMgsPort, nullptr, nullptr};
  servers_["MDT0000"] = {mds::open_mdt, 8000, nullptr, nullptr};
  labels_ = {"MGT", "MDT0000"};
  for (unsigned i = 0; i < osts; ++i) {
    labels_.push_back(fmt::format("OST{:04x}", i));
    servers_[labels_.back()] = {oss::open_ost, static_cast<uint16_t>(9000 + 2 * i), nullptr,
                                nullptr};
  }
  for (const std::string& label : labels_) {
    format(label);
    start(label);
  }
}

SimCluster::~SimCluster() {
  mounts_.clear();
  for (const std::string& label : labels_)
    if (alive(label)) kill(label);
}

void SimCluster::format(const std::string& label) {
  std::filesystem::create_directory(directory_of(label));
  target::TargetConfig config;
  config.label = *TargetLabel::parse("sim-" + label);
  config.uuid = Uuid::generate(random_);
  config.service_nodes = {label};
  config.port = servers_.at(label).port;
  if (label != "MGT") config.mgs_nodes = {"MGT"};
  const Status saved = config.save(directory_of(label));
  SHEEN_ASSERT(saved.has_value());
}

void SimCluster::start(const std::string& label) {
  Server& server = servers_.at(label);
  SHEEN_ASSERT(server.lane == nullptr);
  server.transport = network_.endpoint(label, kServerHost);
  target::LaneOptions options;
  options.directory = directory_of(label);
  options.control = {fmt::format("tcp://{}:{}", label, server.port)};
  if (label.starts_with("OST")) options.bulk = {fmt::format("tcp://{}:{}", label, server.port + 1)};
  options.threads = false;
  options.io_threads = 0;
  auto lane =
      target::Lane::open(*server.transport, disk_, clock_, random_, options, server.make_role);
  if (!lane) {
    // A fault point was armed and fired in the start: it died before it lived.
    SHEEN_INFO("{} did not start: {}", label, lane.error().message());
    network_.kill(label);
    server.transport.reset();
    return;
  }
  server.lane = std::move(*lane);
}

void SimCluster::kill(const std::string& label) {
  Server& server = servers_.at(label);
  // First from the network: what its destructors do must not be seen by anybody. Closing the
  // database rolls an open transaction back, which is what the next life would do.
  network_.kill(label);
  server.lane.reset();
  server.transport.reset();
  ++deaths_;
}

client::Client& SimCluster::add_client(bool same_host) {
  const std::string name = fmt::format("client{}", mounts_.size());
  Mount mount;
  mount.transport = network_.endpoint(name, same_host ? kServerHost : name);
  client::ClientOptions options;
  options.fsname = "sim";
  options.mgs = rpc::mgs_addresses({"MGT"});
  options.client_name = name;
  options.uuid = Uuid::generate(random_);
  mount.client = std::make_unique<client::Client>(*mount.transport, clock_, random_, options);
  mounts_.push_back(std::move(mount));
  return *mounts_.back().client;
}

void SimCluster::end_clients_but(const client::Client* survivor) {
  for (size_t i = 0; i < mounts_.size(); ++i)
    if (mounts_[i].client.get() != survivor) network_.kill(fmt::format("client{}", i));
  std::erase_if(mounts_, [&](const Mount& mount) { return mount.client.get() != survivor; });
}

bool SimCluster::step_everybody() {
  bool progressed = false;
  for (const std::string& label : labels_) {
    Server& server = servers_.at(label);
    if (!server.lane) continue;
    const Result<bool> stepped = server.lane->step();
    if (!stepped) {
      SHEEN_INFO("{} ends: {}", label, stepped.error().message());
      kill(label);
      progressed = true;
      continue;
    }
    progressed = *stepped || progressed;
  }
  for (Mount& mount : mounts_) progressed = mount.client->step() || progressed;
  return progressed;
}

MonotonicNs SimCluster::next_wakeup() const {
  MonotonicNs at = network_.next_event_time();
  for (const auto& [label, server] : servers_)
    if (server.lane) at = std::min(at, server.lane->next_wakeup());
  for (const Mount& mount : mounts_) at = std::min(at, mount.client->next_wakeup());
  return at;
}

void SimCluster::advance(MonotonicNs limit) {
  for (int rounds = 0; step_everybody(); ++rounds) SHEEN_ASSERT(rounds < kRoundsMax);
  const MonotonicNs now = clock_.monotonic();
  // A party whose time has come but who found nothing to do still lets time pass.
  network_.advance_to(std::min(limit, std::max(next_wakeup(), now + kMicrosecond)));
}

}  // namespace sheen::sim
