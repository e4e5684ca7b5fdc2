// SPDX-License-Identifier: Apache-2.0
#include "lib/target/mgs_link.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/target/host_name.h"
#include "lib/target/target_meta.h"

namespace sheen::target {
namespace {

constexpr const char* kMapKey = "cluster_map";
// An MGS that fails over is back before; one that never comes should be read of in the log.
constexpr int64_t kComplainAfter = 15 * kSecond;
constexpr int64_t kComplainAgain = 300 * kSecond;
// After a refusal that may pass: the MGT was full, or had an error.
constexpr int64_t kRegisterAgain = 2 * kSecond;

}  // namespace

MgsLink::MgsLink(Environment& environment, wire::AddressesT addresses,
                 UniqueFunction<void(const rpc::ClusterMap&)> on_map)
    : environment_(environment),
      addresses_(std::move(addresses)),
      on_map_(std::move(on_map)),
      complain_at_(environment.clock().monotonic() + kComplainAfter) {
  rpc::TargetInfo mgs;
  mgs.fsname = environment.config().label.fsname;
  mgs.control = rpc::mgs_addresses(environment.config().mgs_nodes);
  import_ = std::make_unique<rpc::Import>(environment.transport(), environment.clock(),
                                          environment.random(), std::move(mgs),
                                          environment.import_options(), this);
}

Result<std::unique_ptr<MgsLink>> MgsLink::open(
    Environment& environment, wire::AddressesT addresses,
    UniqueFunction<void(const rpc::ClusterMap&)> on_map) {
  std::unique_ptr<MgsLink> link(new MgsLink(environment, std::move(addresses), std::move(on_map)));
  SHEEN_TRY(link->load_copy());
  return link;
}

bool MgsLink::step() {
  const bool progressed = import_->step();
  if (!registering_ && !registered_ && !refusal_ &&
      environment_.clock().monotonic() >= register_at_) {
    register_at_ = kNever;
    register_target();
  }
  complain_if_away();
  if (!new_map_) return progressed;
  const rpc::ClusterMap map = std::move(*new_map_);
  new_map_.reset();
  on_map_(map);
  return true;
}

void MgsLink::complain_if_away() {
  const MonotonicNs now = environment_.clock().monotonic();
  if (registered_) complain_at_ = now + kComplainAfter;
  if (now < complain_at_) return;
  complain_at_ = now + kComplainAgain;
  SHEEN_WARN("{}: not registered: the MGS at {} {}; clients do not hear of this target",
             environment_.config().label.to_string(),
             fmt::join(environment_.config().mgs_nodes, ", "),
             last_refusal_.empty() ? "is not reached" : "said: " + last_refusal_);
}

void MgsLink::close(int64_t limit_ns) {
  auto closed = std::make_shared<bool>(false);
  import_->close(limit_ns, [closed] { *closed = true; });
  while (!*closed) {
    if (!import_->step()) usleep(1000);
  }
}

void MgsLink::on_connected(rpc::Import&, const wire::ConnectReply&) {
  registered_ = false;
  // One that is unanswered is sent again by the import.
  if (!registering_) register_target();
}

void MgsLink::register_target() {
  const TargetConfig& config = environment_.config();
  wire::RegisterRequestT request;
  request.label = config.label.to_string();
  request.uuid = config.uuid.to_string();
  request.epoch = environment_.epoch();
  request.addresses = std::make_unique<wire::AddressesT>(addresses_);
  request.service_nodes = config.service_nodes;
  request.pid = static_cast<uint32_t>(getpid());
  request.host_name = host_name();
  registering_ = true;
  rpc::call<wire::RegisterRequest>(
      *import_, rpc::RequestKind::kChange, request,
      [this](Result<rpc::ReplyFor<wire::RegisterRequest>> reply) {
        registering_ = false;
        if (!reply) {
          SHEEN_ERROR("{}: the MGS refused to register this target: {}",
                      environment_.config().label.to_string(), reply.error().message());
          if (reply.code() == Errc::kDuplicate) refusal_ = reply.error();
          last_refusal_ = reply.error().message();
          register_at_ = environment_.clock().monotonic() + kRegisterAgain;
          return;
        }
        SHEEN_NOTICE("{}: registered at the MGS with epoch {}",
                     environment_.config().label.to_string(), environment_.epoch());
        // Whatever its version: the MGS may have been restored from an older copy.
        if ((*reply)->config() != nullptr) take(*(*reply)->config());
        registered_ = true;
        ever_registered_ = true;
        last_refusal_.clear();
        subscribe();
      });
}

void MgsLink::subscribe() {
  // Asking for the configuration is what makes the MGS push later changes to this session.
  wire::GetConfigRequestT request;
  request.fsname = environment_.config().label.fsname;
  request.known_version = version_;
  rpc::call<wire::GetConfigRequest>(*import_, rpc::RequestKind::kRead, request,
                                    [this](Result<rpc::ReplyFor<wire::GetConfigRequest>> reply) {
                                      if (reply && (*reply)->config() != nullptr)
                                        take(*(*reply)->config());
                                    });
}

void MgsLink::on_notice(rpc::Import&, const wire::Message& message) {
  if (message.header.opcode == wire::Opcode::kNodeDownNotice) {
    const auto notice = wire::decode<wire::NodeDownNotice>(message.body);
    if (notice && node_down_) node_down_(std::string(wire::text((*notice)->host_name())));
    return;
  }
  if (message.header.opcode != wire::Opcode::kConfigChangedNotice) return;
  const auto notice = wire::decode<wire::ConfigChangedNotice>(message.body);
  if (notice && (*notice)->config() != nullptr) take(*(*notice)->config());
}

void MgsLink::take(const wire::FsConfig& config) {
  if (wire::text(config.fsname()) != environment_.config().label.fsname) return;
  // An older version can arrive late behind a newer one. A lower version after a reconnect means
  // that the MGS was restored from an old copy; what it says now still is what counts for others.
  if (config.version() < version_ && registered_) return;
  auto map = rpc::ClusterMap::from(config);
  if (!map) {
    SHEEN_WARN("the MGS sent a configuration that makes no sense: {}", map.error().message());
    return;
  }
  const TargetLabel& own = environment_.config().label;
  if (const rpc::TargetState* us = map->find(own.kind, own.index);
      us != nullptr && us->info.uuid == environment_.config().uuid &&
      us->info.epoch > environment_.epoch())
    refusal_ =
        Error(Errc::kDuplicate, fmt::format("epoch {} of it serves on {}, this is epoch {}",
                                            us->info.epoch, us->host_name, environment_.epoch()));
  version_ = config.version();
  new_map_ = std::move(*map);
  if (const Status saved = save_copy(config); !saved)
    SHEEN_WARN("cannot keep a copy of the configuration: {}", saved.error().message());
}

Status MgsLink::load_copy() {
  SHEEN_ASSIGN(const std::string stored, TargetMeta::get(environment_.database(), kMapKey));
  if (stored.empty()) return ok();
  const Buffer body = Buffer::copy_of(stored);
  SHEEN_ASSIGN(const wire::FsConfig* config, wire::decode<wire::FsConfig>(body));
  SHEEN_ASSIGN(new_map_, rpc::ClusterMap::from(*config));
  version_ = config->version();
  return ok();
}

Status MgsLink::save_copy(const wire::FsConfig& config) {
  wire::FsConfigT native;
  config.UnPackTo(&native);
  return TargetMeta::put(environment_.database(), kMapKey, wire::encode(native).view());
}

}  // namespace sheen::target
