// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mgs: the MGS's role over the common target. It keeps the configuration of every file system in
// its tables and tells it to whoever asked for it whenever it has changed. One MGS serves several
// file systems; its own label's fsname is only its name. It also keeps what the servers' clusters
// tell of themselves.
//
// The tables are the only truth: nothing of the configuration is cached in memory, because it is
// read when somebody mounts or something changes, and both are rare.
// Belongs to the lane's thread.

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/target/environment.h"
#include "lib/target/role.h"
#include "mgs/store/config_store.h"
#include "mgs/store/event_table.h"

namespace sheen::mgs {

class Mgs final : public target::Role {
 public:
  Mgs(target::Environment& environment, std::unique_ptr<ConfigStore> store, EventTable events)
      : environment_(environment), store_(std::move(store)), events_(std::move(events)) {}

  std::span<const target::Operation> operations() const override;
  void* self() override { return this; }
  Status on_session_close(target::Session& session, target::CloseReason reason) override;
  Status step(MonotonicNs now) override;
  MonotonicNs next_wakeup() const override;
  store::DiskSpace space() override;
  std::vector<std::pair<std::string, uint64_t>> counters() override;

  // For operations.
  ConfigStore& store() { return *store_; }
  EventTable& events() { return events_; }
  // The session is told of every later change of this file system until it ends. Kept in memory:
  // after a restart of the MGS its clients ask again when they have reconnected.
  void subscribe(const target::Session& session, const std::string& fsname);
  // Pushes the configuration to its subscribers once the current batch is committed.
  void mark_changed(const std::string& fsname) { changed_.insert(fsname); }
  // Tells the subscribers of this file system that a host of its servers is dead, once the current
  // batch is committed; how many there are.
  uint32_t tell_node_down(const std::string& fsname, const std::string& host_name);

 private:
  Status push(const std::string& fsname);
  std::vector<target::Session*> subscribers(const std::string& fsname);
  void notify(const std::string& fsname, wire::Opcode opcode, const Buffer& body);

  target::Environment& environment_;
  std::unique_ptr<ConfigStore> store_;
  EventTable events_;
  std::unordered_map<Uuid, std::set<std::string>> subscriptions_;  // client -> file systems
  std::set<std::string> changed_;
  std::set<std::pair<std::string, std::string>> nodes_down_;  // file system, host
  uint64_t notices_ = 0;
};

Result<std::unique_ptr<target::Role>> open_mgs(target::Environment& environment);

}  // namespace sheen::mgs
