// SPDX-License-Identifier: Apache-2.0
// Register: a target says, at every start and after every reconnect, that it lives, where, and in
// which epoch. The first time adds it to the configuration. A label belongs to one uuid for good,
// and epochs only rise: whoever comes with a lower one, or with the same one from another process,
// is an older life that must not serve any more.
#include <algorithm>

#include <fmt/format.h>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {
namespace {

constexpr size_t kTextMax = 255;
constexpr size_t kListMax = 64;

using Strings = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

Result<std::vector<std::string>> to_strings(const Strings* list, std::string_view what) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  if (list->size() > kListMax)
    return Error(Errc::kInvalid, fmt::format("more than {} {}", kListMax, what));
  for (const flatbuffers::String* item : *list) {
    if (item->size() > kTextMax)
      return Error(Errc::kInvalid, fmt::format("one of the {} is too long", what));
    out.push_back(item->str());
  }
  return out;
}

Result<std::string> to_text(const flatbuffers::String* text, std::string_view what) {
  const std::string_view view = wire::text(text);
  if (view.size() > kTextMax) return Error(Errc::kInvalid, fmt::format("the {} is too long", what));
  return std::string(view);
}

struct Identity {
  TargetLabel label;
  Uuid uuid;
};

Result<Identity> identify(const wire::RegisterRequest& request) {
  Identity who;
  SHEEN_ASSIGN(who.label, TargetLabel::parse(wire::text(request.label())));
  SHEEN_ASSIGN(who.uuid, Uuid::parse(wire::text(request.uuid())));
  if (who.label.kind == TargetKind::kMgt)
    return Error(Errc::kInvalid,
                 fmt::format("{}: an MGT is not registered", who.label.to_string()));
  if (who.uuid.is_nil()) return Error(Errc::kInvalid, "a target's uuid must not be all zero");
  if (who.label.index > kTargetIndexMax)
    return Error(Errc::kInvalid, fmt::format("index {} is too high", who.label.index));
  if (request.epoch() == 0 || request.epoch() > kEpochMax)
    return Error(Errc::kInvalid, fmt::format("{} is no epoch", request.epoch()));
  return who;
}

Result<TargetEntryPtr> to_entry(const Identity& who, const wire::RegisterRequest& request,
                                RealtimeNs registered_at) {
  auto entry = std::make_unique<wire::TargetEntryT>();
  entry->label = who.label.to_string();
  entry->uuid = who.uuid.to_string();
  entry->epoch = request.epoch();
  entry->registered_at = registered_at;
  entry->pid = request.pid();
  SHEEN_ASSIGN(entry->host_name, to_text(request.host_name(), "host name"));
  SHEEN_ASSIGN(entry->service_nodes, to_strings(request.service_nodes(), "service nodes"));
  if (request.addresses() != nullptr) {
    entry->addresses = std::make_unique<wire::AddressesT>();
    SHEEN_ASSIGN(entry->addresses->host, to_text(request.addresses()->host(), "host id"));
    SHEEN_ASSIGN(entry->addresses->control,
                 to_strings(request.addresses()->control(), "control addresses"));
    SHEEN_ASSIGN(entry->addresses->bulk, to_strings(request.addresses()->bulk(), "bulk addresses"));
  }
  return entry;
}

Status check_uuid(ConfigStore& store, const Identity& who, const wire::TargetEntryT* known) {
  const std::string uuid = who.uuid.to_string();
  if (known != nullptr && known->uuid != uuid)
    return Error(
        Errc::kDuplicate,
        fmt::format("{} belongs to the target with uuid {} (last on {}), this one has {}; "
                    "format it with another --index",
                    known->label, known->uuid,
                    known->host_name.empty() ? "an unknown host" : known->host_name, uuid));
  if (known != nullptr) return ok();
  SHEEN_ASSIGN(const std::string taken, store.targets().label_of(who.uuid));
  if (taken.empty()) return ok();
  return Error(Errc::kDuplicate,
               fmt::format("uuid {} is registered as {}; {} must be formatted, not copied", uuid,
                           taken, who.label.to_string()));
}

// Not kWrongEpoch, which says of a connection that it is to another life than the one meant.
Status check_epoch(const wire::TargetEntryT& known, const wire::TargetEntryT& entry) {
  if (entry.epoch > known.epoch) return ok();
  if (entry.epoch < known.epoch)
    return Error(Errc::kDuplicate,
                 fmt::format("{} has epoch {}, epoch {} is registered on {}", entry.label,
                             entry.epoch, known.epoch, known.host_name));
  if (entry.pid == known.pid && entry.host_name == known.host_name) return ok();
  return Error(Errc::kDuplicate, fmt::format("{}: epoch {} is registered for process {} on {}",
                                             entry.label, entry.epoch, known.pid, known.host_name));
}

// flatc's native structs have no comparison that follows pointers; one builder packs both, so equal
// values have equal encodings.
bool same(const wire::TargetEntryT& a, const wire::TargetEntryT& b) {
  return wire::encode(a).view() == wire::encode(b).view();
}

}  // namespace

Result<wire::RegisterReplyT> register_target(Mgs& mgs, const OpContext& ctx,
                                             const wire::RegisterRequest& request) {
  ConfigStore& store = mgs.store();
  SHEEN_ASSIGN(const Identity who, identify(request));
  SHEEN_ASSIGN(const TargetEntryPtr known, store.targets().find(who.label));
  SHEEN_TRY(check_uuid(store, who, known.get()));
  SHEEN_ASSIGN(const TargetEntryPtr entry,
               to_entry(who, request, known != nullptr ? known->registered_at : ctx.now));
  if (known != nullptr) SHEEN_TRY(check_epoch(*known, *entry));

  if (known == nullptr || !same(*known, *entry)) {
    SHEEN_TRY(store.targets().put(who.label, who.uuid, *entry));
    if (auto fault = SHEEN_FAULT("mgs.register.before_touch")) return fault->error();
    SHEEN_TRY(store.touch(who.label.fsname));
    mgs.mark_changed(who.label.fsname);
  }
  wire::RegisterReplyT reply;
  SHEEN_ASSIGN(reply.config, store.read(who.label.fsname));
  return reply;
}

}  // namespace sheen::mgs::ops
