// SPDX-License-Identifier: Apache-2.0
#include "mgs/mgs.h"

#include "lib/base/log.h"
#include "mgs/operations.h"

namespace sheen::mgs {

std::span<const target::Operation> Mgs::operations() const { return kOperations; }

Status Mgs::on_session_close(target::Session& session, target::CloseReason) {
  subscriptions_.erase(session.client);
  return ok();
}

void Mgs::subscribe(const target::Session& session, const std::string& fsname) {
  subscriptions_[session.client].insert(fsname);
}

Status Mgs::step(MonotonicNs) {
  while (!changed_.empty()) {
    SHEEN_TRY(push(*changed_.begin()));
    changed_.erase(changed_.begin());
  }
  for (const auto& [fsname, host_name] : std::exchange(nodes_down_, {})) {
    wire::NodeDownNoticeT notice;
    notice.host_name = host_name;
    notify(fsname, wire::Opcode::kNodeDownNotice, wire::encode(notice));
  }
  return ok();
}

MonotonicNs Mgs::next_wakeup() const {
  return changed_.empty() && nodes_down_.empty() ? kNever : 0;
}

Status Mgs::push(const std::string& fsname) {
  SHEEN_ASSIGN(auto config, store_->read(fsname));
  // The change that marked it was the file system's first and was rolled back.
  if (config == nullptr) return ok();
  SHEEN_INFO("{}: configuration version {}", fsname, config->version);
  wire::ConfigChangedNoticeT notice;
  notice.config = std::move(config);
  notify(fsname, wire::Opcode::kConfigChangedNotice, wire::encode(notice));
  return ok();
}

uint32_t Mgs::tell_node_down(const std::string& fsname, const std::string& host_name) {
  nodes_down_.emplace(fsname, host_name);
  return static_cast<uint32_t>(subscribers(fsname).size());
}

std::vector<target::Session*> Mgs::subscribers(const std::string& fsname) {
  std::vector<target::Session*> out;
  for (const auto& [client, fsnames] : subscriptions_) {
    target::Session* session = environment_.sessions().find(client);
    if (session != nullptr && fsnames.contains(fsname)) out.push_back(session);
  }
  return out;
}

void Mgs::notify(const std::string& fsname, wire::Opcode opcode, const Buffer& body) {
  for (target::Session* session : subscribers(fsname)) {
    environment_.send_notice(*session, opcode, body);
    ++notices_;
  }
}

store::DiskSpace Mgs::space() {
  return environment_.disk().space(environment_.directory()).value_or(store::DiskSpace{});
}

std::vector<std::pair<std::string, uint64_t>> Mgs::counters() {
  return {{"subscribers", subscriptions_.size()}, {"notices", notices_}};
}

Result<std::unique_ptr<target::Role>> open_mgs(target::Environment& environment) {
  SHEEN_ASSIGN(auto store, ConfigStore::open(environment.database()));
  SHEEN_ASSIGN(auto events, EventTable::open(environment.database()));
  return std::unique_ptr<target::Role>(
      std::make_unique<Mgs>(environment, std::move(store), std::move(events)));
}

}  // namespace sheen::mgs
