// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/cluster_map.h"

#include <algorithm>

#include <fmt/format.h>

namespace sheen::rpc {
namespace {

constexpr uint16_t kMdtPortBase = 8000;
constexpr uint16_t kOstPortBase = 9000;
// Ports that each kind has before the next one's begin, or before ip_local_port_range (32768) does.
// A file system with more targets than that gives them ports explicitly.
constexpr uint16_t kMdtPorts = kOstPortBase - kMdtPortBase;
constexpr uint16_t kOstPortPairs = (32768 - kOstPortBase) / 2;

std::vector<net::Address> to_addresses(
    const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* strings) {
  std::vector<net::Address> out;
  if (strings == nullptr) return out;
  out.reserve(strings->size());
  for (const auto* string : *strings) out.emplace_back(wire::text(string));
  return out;
}

std::optional<uint16_t> port_in(const std::vector<net::Address>& addresses) {
  for (const net::Address& address : addresses)
    if (const auto port = net::port_of(address)) return port;
  return std::nullopt;
}

// A target that moved while the MGS is away is found by trying its other nodes, on the ports that
// it had: they belong to the target and not to the node.
void add_standby_addresses(TargetState& target) {
  TargetInfo& info = target.info;
  const uint16_t port = port_in(info.control).value_or(default_port(target.label));
  const auto bulk_port = port_in(info.bulk).value_or(static_cast<uint16_t>(port + 1));
  for (const std::string& node : target.service_nodes) {
    const std::string host = net::in_brackets(node);
    const bool serves_there =
        node == target.host_name ||
        std::any_of(info.control.begin(), info.control.end(),
                    [&](const auto& one) { return net::host_of(one) == host; });
    if (serves_there) continue;
    info.standby_control.push_back(fmt::format("tcp://{}:{}", host, port));
    if (target.label.kind == TargetKind::kOst)
      info.standby_bulk.push_back(fmt::format("tcp://{}:{}", host, bulk_port));
  }
}

Result<TargetState> to_target(const wire::TargetEntry& entry, std::string_view fsname) {
  TargetState out;
  SHEEN_ASSIGN(out.label, TargetLabel::parse(wire::text(entry.label())));
  SHEEN_ASSIGN(out.info.uuid, Uuid::parse(wire::text(entry.uuid())));
  out.info.fsname = fsname;
  out.info.label = out.label.to_string();
  out.info.epoch = entry.epoch();
  if (const wire::Addresses* addresses = entry.addresses()) {
    out.info.host_id = wire::text(addresses->host());
    out.info.control = to_addresses(addresses->control());
    out.info.bulk = to_addresses(addresses->bulk());
  }
  out.service_nodes = to_addresses(entry.service_nodes());
  out.pid = entry.pid();
  out.host_name = wire::text(entry.host_name());
  add_standby_addresses(out);
  return out;
}

}  // namespace

uint16_t default_port(const TargetLabel& label) {
  switch (label.kind) {
    case TargetKind::kMgt: return kMgsPort;
    case TargetKind::kMdt: return kMdtPortBase + label.index % kMdtPorts;
    case TargetKind::kOst:
      return static_cast<uint16_t>(kOstPortBase + 2 * (label.index % kOstPortPairs));
  }
  return kMgsPort;
}

std::vector<net::Address> mgs_addresses(const std::vector<std::string>& mgs_nodes) {
  std::vector<net::Address> out;
  out.reserve(mgs_nodes.size());
  for (const std::string& node : mgs_nodes) out.push_back(net::tcp_address(node, kMgsPort));
  return out;
}

const TargetState* ClusterMap::find(TargetKind kind, uint16_t index) const {
  const auto found = std::find_if(targets.begin(), targets.end(), [&](const TargetState& target) {
    return target.label.kind == kind && target.label.index == index;
  });
  return found == targets.end() ? nullptr : &*found;
}

std::optional<uint16_t> ClusterMap::mdt_of(Fid fid) const {
  const uint32_t sequence = fid.sequence();
  if (sequence < kFirstSequence) return 0;
  const auto after = std::upper_bound(
      sequences.begin(), sequences.end(), sequence,
      [](uint32_t wanted, const SequenceOwner& owner) { return wanted < owner.first; });
  if (after == sequences.begin()) return std::nullopt;
  const SequenceOwner& owner = *std::prev(after);
  if (sequence - owner.first >= owner.count) return std::nullopt;
  return owner.mdt;
}

Result<ClusterMap> ClusterMap::from(const wire::FsConfig& config) {
  ClusterMap out;
  out.fsname = wire::text(config.fsname());
  out.version = config.version();
  if (const auto* entries = config.targets()) {
    out.targets.reserve(entries->size());
    for (const wire::TargetEntry* entry : *entries) {
      Result<TargetState> target = to_target(*entry, out.fsname);
      if (!target) return std::move(target).error().with("configuration of " + out.fsname);
      out.targets.push_back(std::move(*target));
    }
  }
  if (const auto* params = config.params())
    for (const wire::KeyValue* param : *params)
      out.params[std::string(wire::text(param->key()))] = wire::text(param->value());
  if (const auto* ranges = config.sequences()) {
    out.sequences.reserve(ranges->size());
    for (const wire::SequenceRange* range : *ranges)
      out.sequences.push_back({range->first(), range->count(), range->mdt()});
  }
  std::sort(out.targets.begin(), out.targets.end(),
            [](const TargetState& a, const TargetState& b) { return a.label < b.label; });
  std::sort(out.sequences.begin(), out.sequences.end(),
            [](const SequenceOwner& a, const SequenceOwner& b) { return a.first < b.first; });
  return out;
}

wire::FsConfigT ClusterMap::to_wire() const {
  wire::FsConfigT out;
  out.fsname = fsname;
  out.version = version;
  for (const TargetState& target : targets) {
    auto entry = std::make_unique<wire::TargetEntryT>();
    entry->label = target.label.to_string();
    entry->uuid = target.info.uuid.to_string();
    entry->epoch = target.info.epoch;
    // Absent: registered, but not started yet.
    if (!target.info.control.empty()) {
      entry->addresses = std::make_unique<wire::AddressesT>();
      entry->addresses->host = target.info.host_id;
      entry->addresses->control = target.info.control;
      entry->addresses->bulk = target.info.bulk;
    }
    entry->service_nodes = target.service_nodes;
    entry->pid = target.pid;
    entry->host_name = target.host_name;
    out.targets.push_back(std::move(entry));
  }
  for (const auto& [key, value] : params) {
    auto param = std::make_unique<wire::KeyValueT>();
    param->key = key;
    param->value = value;
    out.params.push_back(std::move(param));
  }
  for (const SequenceOwner& owner : sequences) {
    auto range = std::make_unique<wire::SequenceRangeT>();
    range->first = owner.first;
    range->count = owner.count;
    range->mdt = owner.mdt;
    out.sequences.push_back(std::move(range));
  }
  return out;
}

}  // namespace sheen::rpc
