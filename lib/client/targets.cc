// SPDX-License-Identifier: Apache-2.0
#include "lib/client/targets.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/log.h"
#include "lib/client/request_kind.h"
#include "lib/rpc/params.h"

namespace sheen::client {

// One MDT or OST: its import and the import's observer.
struct Targets::Peer final : rpc::ImportObserver {
  Peer(Targets& targets_in, const rpc::TargetState& state)
      : targets(targets_in),
        label(state.label),
        import(targets_in.transport_, targets_in.clock_, targets_in.random_, state.info,
               targets_in.import_options(), this) {}

  void on_restate(rpc::Import& which, UniqueFunction<void()> done) override {
    // An OST keeps nothing about a client in memory.
    if (label.kind != TargetKind::kMdt) return done();
    targets.observer_.on_mdt_restate(label.index, which, std::move(done));
  }
  void on_evicted(rpc::Import&) override {
    session_ = import.reconnects();
    SHEEN_ERROR("{} evicted this client: open files and locks there are lost", label.to_string());
    if (label.kind == TargetKind::kMdt) targets.observer_.on_mdt_evicted(label.index);
  }
  // The import fails the lost requests before it tells its observer.
  uint64_t session() const {
    return import.state() == rpc::ImportState::kEvicted ? import.reconnects() : session_;
  }

  Targets& targets;
  const TargetLabel label;
  rpc::Import import;

 private:
  // The connection that began it, as reconnects() counts; 0: there has been no eviction.
  uint64_t session_ = 0;
};

struct Targets::MgsObserver final : rpc::ImportObserver {
  explicit MgsObserver(Targets& targets_in) : targets(targets_in) {}
  void on_connected(rpc::Import&, const wire::ConnectReply&) override {
    // What was pushed while we were away is lost.
    targets.fetch_due_ = true;
  }
  void on_notice(rpc::Import&, const wire::Message& message) override {
    if (message.header.opcode == wire::Opcode::kNodeDownNotice) {
      const auto notice = wire::decode<wire::NodeDownNotice>(message.body);
      if (notice) targets.node_is_down(wire::text((*notice)->host_name()));
      return;
    }
    if (message.header.opcode != wire::Opcode::kConfigChangedNotice) return;
    auto notice = wire::decode<wire::ConfigChangedNotice>(message.body);
    if (!notice || (*notice)->config() == nullptr) {
      SHEEN_WARN("the MGS sent a malformed notice; it is ignored");
      return;
    }
    targets.take(*(*notice)->config());
  }
  Targets& targets;
};

Targets::Targets(net::Transport& transport, const Clock& clock, Random& random,
                 const ClientOptions& options, TargetsObserver& observer)
    : transport_(transport),
      clock_(clock),
      random_(random),
      options_(options),
      observer_(observer),
      mgs_observer_(std::make_unique<MgsObserver>(*this)) {
  rpc::TargetInfo info;
  info.fsname = options.fsname;
  info.control = options.mgs;
  mgs_ = std::make_unique<rpc::Import>(transport, clock, random, std::move(info), import_options(),
                                       mgs_observer_.get());
}

Targets::~Targets() = default;

rpc::ImportOptions Targets::import_options() const {
  rpc::ImportOptions out;
  out.client = options_.uuid;
  out.client_name = options_.client_name;
  out.role = options_.role;
  out.bulk_crc = options_.bulk_crc || rpc::param(map_, rpc::kParamBulkCrc) != 0;
  out.request_timeout_ns = rpc::param(map_, rpc::kParamRequestTimeoutMs) * kMillisecond;
  return out;
}

void Targets::start(Done<void> done) {
  on_started_ = std::move(done);
  fetch_due_ = true;
}

void Targets::started(Status status) {
  if (!on_started_) return;
  Done<void> done = std::move(on_started_);
  on_started_ = nullptr;
  done(std::move(status));
}

bool Targets::step() {
  bool busy = false;
  if (fetch_due_ && !fetching_ && !closed_) {
    fetch();
    busy = true;
  }
  busy |= mgs_->step();
  if (new_map_) {
    rpc::ClusterMap map = *std::exchange(new_map_, std::nullopt);
    apply(std::move(map));
    busy = true;
  }
  for (const std::string& host_name : std::exchange(down_hosts_, {})) {
    give_up(host_name);
    busy = true;
  }
  if (unpark_due_) {
    unpark();
    busy = true;
  }
  for (auto& [key, peer] : peers_) busy |= peer->import.step();
  return busy;
}

MonotonicNs Targets::next_wakeup() const {
  if (new_map_ || !down_hosts_.empty() || unpark_due_ || (fetch_due_ && !fetching_ && !closed_))
    return clock_.monotonic();
  MonotonicNs next = mgs_->next_wakeup();
  for (const auto& [key, peer] : peers_) next = std::min(next, peer->import.next_wakeup());
  return next;
}

void Targets::close(int64_t timeout_ns, UniqueFunction<void()> done) {
  closed_ = true;
  auto all = std::make_shared<UniqueFunction<void()>>(std::move(done));
  auto open = std::make_shared<size_t>(peers_.size() + 1);
  const auto one_less = [all, open] {
    if (--*open == 0) (*all)();
  };
  for (auto& [key, peer] : peers_) peer->import.close(timeout_ns, one_less);
  mgs_->close(timeout_ns, one_less);
}

void Targets::fetch() {
  fetch_due_ = false;
  fetching_ = true;
  const uint64_t number = ++fetches_started_;
  wire::GetConfigRequestT request;
  request.fsname = options_.fsname;
  request.known_version = map_.version;
  mgs_->call(make_request<wire::GetConfigRequest>(request),
             rpc::typed<wire::GetConfigRequest>(
                 [this, number](Result<rpc::ReplyFor<wire::GetConfigRequest>> reply) {
                   fetching_ = false;
                   fetches_done_ = number;
                   unpark_due_ = true;
                   if (!reply) {
                     if (map_.version != 0 && !closed_)
                       SHEEN_WARN("the MGS gave no configuration: {}", reply.error().message());
                     return started(std::move(reply).error());
                   }
                   if ((*reply)->config() != nullptr)
                     take(*(*reply)->config());
                   else if (map_.version == 0)
                     started(Error(Errc::kNotConfigured, options_.fsname));
                 }));
}

void Targets::take(const wire::FsConfig& config) {
  if (wire::text(config.fsname()) != options_.fsname) return;
  auto map = rpc::ClusterMap::from(config);
  if (!map) {
    SHEEN_WARN("the MGS sent a configuration that is not valid: {}", map.error().message());
    return started(std::move(map).error());
  }
  const uint64_t known = new_map_ ? new_map_->version : map_.version;
  if (map->version > known) new_map_ = std::move(*map);
}

void Targets::apply(rpc::ClusterMap map) {
  map_ = std::move(map);
  SHEEN_DEBUG("configuration {} of {}", map_.version, map_.fsname);
  for (const rpc::TargetState& target : map_.targets) {
    // Registered, but never started: there is nothing to connect to yet.
    if (target.label.kind == TargetKind::kMgt || target.info.control.empty()) continue;
    auto& peer = peers_[{target.label.kind, target.label.index}];
    if (peer == nullptr)
      peer = std::make_unique<Peer>(*this, target);
    else
      peer->import.update_target(target.info);
  }
  observer_.on_map(map_);
  unpark_due_ = true;
  started(ok());
}

void Targets::give_up(const std::string& host_name) {
  for (const rpc::TargetState& target : map_.targets) {
    const auto peer = peers_.find({target.label.kind, target.label.index});
    if (peer == peers_.end() || target.host_name != host_name) continue;
    peer->second->import.give_up_connection(target.info.epoch,
                                            Error(Errc::kNotConnected, host_name + " was fenced"));
  }
}

rpc::Import* Targets::find(TargetKind kind, uint16_t index) const {
  const auto found = peers_.find({kind, index});
  return found == peers_.end() ? nullptr : &found->second->import;
}

void Targets::with_mdt(Fid fid, WithImport use) {
  Parked parked;
  parked.missing = Errc::kStale;
  parked.use = std::move(use);
  parked.where = [this, fid]() -> std::optional<std::pair<TargetKind, uint16_t>> {
    const auto index = map_.mdt_of(fid);
    if (!index) return std::nullopt;
    return std::pair{TargetKind::kMdt, *index};
  };
  park_or_use(std::move(parked));
}

void Targets::with_ost(uint16_t ost, WithImport use) {
  if (rpc::Import* import = find(TargetKind::kOst, ost)) return use(import);
  Parked parked;
  parked.missing = Errc::kIo;
  parked.use = std::move(use);
  parked.where = [ost] { return std::optional(std::pair{TargetKind::kOst, ost}); };
  park_or_use(std::move(parked));
}

uint64_t Targets::ost_session(uint16_t ost) const {
  const auto found = peers_.find({TargetKind::kOst, ost});
  return found == peers_.end() ? 0 : found->second->session();
}

void Targets::park_or_use(Parked parked) {
  if (const auto where = parked.where()) {
    if (rpc::Import* import = find(where->first, where->second)) return parked.use(import);
  }
  // A fetch that is under way may have been answered before the change that we are after.
  parked.fetch = fetches_started_ + 1;
  fetch_due_ = true;
  parked_.push_back(std::move(parked));
}

void Targets::unpark() {
  unpark_due_ = false;
  std::vector<Parked> parked = std::exchange(parked_, {});
  for (Parked& one : parked) {
    const auto where = one.where();
    if (where) {
      if (rpc::Import* import = find(where->first, where->second)) {
        one.use(import);
        continue;
      }
    }
    const bool named = where && map_.find(where->first, where->second) != nullptr;
    if (!named && fetches_done_ >= one.fetch) {
      one.use(Error(one.missing, "the MGS's configuration does not name the target"));
      continue;
    }
    parked_.push_back(std::move(one));
  }
}

std::vector<rpc::Import*> Targets::imports(TargetKind kind) const {
  std::vector<rpc::Import*> out;
  for (const auto& [key, peer] : peers_)
    if (key.first == kind) out.push_back(&peer->import);
  return out;
}

size_t Targets::count(TargetKind kind) const {
  return static_cast<size_t>(
      std::count_if(map_.targets.begin(), map_.targets.end(),
                    [kind](const rpc::TargetState& t) { return t.label.kind == kind; }));
}

}  // namespace sheen::client
