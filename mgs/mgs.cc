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
  return ok();
}

MonotonicNs Mgs::next_wakeup() const { return changed_.empty() ? kNever : 0; }

Status Mgs::push(const std::string& fsname) {
  SHEEN_ASSIGN(auto config, store_->read(fsname));
  // The change that marked it was the file system's first and was rolled back.
  if (config == nullptr) return ok();
  SHEEN_INFO("{}: configuration version {}", fsname, config->version);
  wire::ConfigChangedNoticeT notice;
  notice.config = std::move(config);
  const Buffer body = wire::encode(notice);
  for (const auto& [client, fsnames] : subscriptions_) {
    target::Session* session = environment_.sessions().find(client);
    if (session == nullptr || !fsnames.contains(fsname)) continue;
    environment_.send_notice(*session, wire::Opcode::kConfigChangedNotice, body);
    ++notices_;
  }
  return ok();
}

store::DiskSpace Mgs::space() {
  return environment_.disk().space(environment_.directory()).value_or(store::DiskSpace{});
}

std::vector<std::pair<std::string, uint64_t>> Mgs::counters() {
  return {{"subscribers", subscriptions_.size()}, {"notices", notices_}};
}

Result<std::unique_ptr<target::Role>> open_mgs(target::Environment& environment) {
  SHEEN_ASSIGN(auto store, ConfigStore::open(environment.database()));
  return std::unique_ptr<target::Role>(std::make_unique<Mgs>(environment, std::move(store)));
}

}  // namespace sheen::mgs
