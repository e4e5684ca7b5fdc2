// SPDX-License-Identifier: Apache-2.0
#include "mds/ost_pool.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/rpc/params.h"

namespace sheen::mds {
namespace {

constexpr uint64_t kMiB = 1U << 20;
constexpr uint64_t kReserveMax = 64 * kMiB;
constexpr uint64_t kInodesReserved = 32;     // Lustre's reserved_ino_low
constexpr uint64_t kRoundRobinPercent = 17;  // Lustre's qos_threshold_rr

Error too_few_yet() { return {Errc::kRecovering, "not all OSTs have answered yet"}; }

}  // namespace

struct OstPool::Ost {
  explicit Ost(rpc::TargetInfo target) : info(std::move(target)) {}

  uint16_t index = 0;
  rpc::TargetInfo info;
  std::string host_name;    // that serves it, as registered
  uint64_t generation = 0;  // 0: no import
  bool asking = false;
  bool known = false;  // has answered at least once
  MonotonicNs connected_at = 0;
  MonotonicNs next_ask = 0;
  MonotonicNs last_answer = 0;
  store::DiskSpace space;
  std::unique_ptr<rpc::Import> import;  // last, so that it goes before what its calls touch
};

OstPool::OstPool(target::Environment& env, OstPoolOptions options)
    : env_(env),
      options_(options),
      healthy_for_ns_(options.healthy_for_ns),
      started_(env.clock().monotonic()),
      cursor_(env.random().below(UINT16_MAX)) {}

OstPool::~OstPool() = default;

void OstPool::on_cluster_map(const rpc::ClusterMap& map) {
  options_.poll_interval_ns = rpc::param(map, rpc::kParamStatfsIntervalMs) * kMillisecond;
  healthy_for_ns_ = std::max(options_.healthy_for_ns, 3 * options_.poll_interval_ns);
  std::map<uint16_t, std::unique_ptr<Ost>> gone;
  gone.swap(osts_);
  for (const rpc::TargetState& target : map.targets) {
    if (target.label.kind != TargetKind::kOst) continue;
    const uint16_t index = target.label.index;
    const auto old = gone.find(index);
    // A reformatted OST is another one: what the old import has in flight is not for it.
    const bool same = old != gone.end() && old->second->info.uuid == target.info.uuid;
    std::unique_ptr<Ost>& ost = osts_[index];
    ost = same ? std::move(old->second) : std::make_unique<Ost>(target.info);
    ost->index = index;
    ost->info = target.info;
    ost->host_name = target.host_name;
    if (ost->import)
      ost->import->update_target(target.info);
    else
      connect(*ost);
  }
}

void OstPool::on_node_down(const std::string& host_name) {
  for (auto& [index, ost] : osts_)
    if (ost->import && ost->host_name == host_name)
      ost->import->give_up_connection(ost->info.epoch,
                                      Error(Errc::kNotConnected, host_name + " was fenced"));
}

void OstPool::connect(Ost& ost) {
  if (ost.info.control.empty()) return;  // registered, but never started
  ost.import = std::make_unique<rpc::Import>(env_.transport(), env_.clock(), env_.random(),
                                             ost.info, env_.import_options(), nullptr);
  ost.generation = next_generation_++;
  ost.connected_at = env_.clock().monotonic();
}

bool OstPool::step(MonotonicNs now) {
  bool progressed = false;
  for (auto& [index, ost] : osts_) {
    if (!ost->import) continue;
    if (!ost->asking && now >= ost->next_ask) ask_for_space(*ost, now);
    progressed = ost->import->step() || progressed;
  }
  return progressed;
}

void OstPool::ask_for_space(Ost& ost, MonotonicNs now) {
  ost.asking = true;
  ost.next_ask = now + options_.poll_interval_ns;
  rpc::call<wire::StatfsRequest>(
      *ost.import, rpc::RequestKind::kRead, {},
      [this, &ost](Result<rpc::ReplyFor<wire::StatfsRequest>> reply) {
        ost.asking = false;
        if (!reply) {
          SHEEN_DEBUG("{}: statfs: {}", ost.info.label, reply.error().message());
          return;
        }
        const wire::StatfsReply& r = **reply;
        ost.space = {r.bytes_total(),  r.bytes_free(),  r.bytes_available(),
                     r.inodes_total(), r.inodes_free(), r.read_only()};
        ost.known = true;
        ost.last_answer = env_.clock().monotonic();
      });
}

MonotonicNs OstPool::next_wakeup() const {
  MonotonicNs at = kNever;
  for (const auto& [index, ost] : osts_) {
    if (!ost->import) continue;
    at = std::min(at, ost->import->next_wakeup());
    if (!ost->asking) at = std::min(at, ost->next_ask);
  }
  return at;
}

rpc::Import* OstPool::import(uint16_t ost) {
  const auto found = osts_.find(ost);
  return found == osts_.end() ? nullptr : found->second->import.get();
}

uint64_t OstPool::import_generation(uint16_t ost) const {
  const auto found = osts_.find(ost);
  return found == osts_.end() ? 0 : found->second->generation;
}

std::vector<OstView> OstPool::view() const {
  const MonotonicNs now = env_.clock().monotonic();
  std::vector<OstView> out;
  for (const auto& [index, ost] : osts_) {
    const bool well = healthy(*ost, now);
    out.push_back(
        {index, well, well && fits(*ost), ost->space.bytes_total, ost->space.bytes_available});
  }
  return out;
}

bool OstPool::healthy(const Ost& ost, MonotonicNs now) const {
  return ost.known && ost.import->state() == rpc::ImportState::kFull &&
         now - ost.last_answer < healthy_for_ns_;
}

// Room is kept back because choosing works with numbers that are two seconds old. 64 MiB are 64
// stripes of the default size; on the small OSTs of test systems that would be most of the disk.
bool OstPool::fits(const Ost& ost) {
  if (!ost.known || ost.space.read_only) return false;
  const uint64_t total = ost.space.bytes_total;
  const uint64_t reserve = std::max(std::min(kReserveMax, total / 64), total / 1000);
  const bool has_inodes = ost.space.inodes_total == 0 || ost.space.inodes_free >= kInodesReserved;
  return has_inodes && ost.space.bytes_available > reserve;
}

// The usable OSTs in order of index. If all that have room are away, those are better than an
// error: objects are made at the first write, and that waits for its OST as every request does.
OstPool::Candidates OstPool::candidates(MonotonicNs now) const {
  Candidates here;
  Candidates away;
  for (const auto& [index, ost] : osts_) {
    if (!fits(*ost)) continue;
    (healthy(*ost, now) ? here : away).push_back(ost.get());
  }
  return here.empty() ? away : here;
}

Error OstPool::nothing_usable(MonotonicNs now) const {
  const auto known = [](const auto& row) { return row.second->known; };
  const bool all = std::ranges::all_of(osts_, known);
  const bool any = std::ranges::any_of(osts_, known);
  if (!any) return {Errc::kRecovering, "no OST has answered yet"};
  if (!all && now - started_ < options_.settle_ns)
    return {Errc::kRecovering, "the OSTs that have answered so far are full"};
  return {Errc::kNoSpace, "all OSTs are full or read-only"};
}

bool OstPool::more_to_come(MonotonicNs now) const {
  return std::ranges::any_of(osts_, [&](const auto& row) {
    const Ost& ost = *row.second;
    return ost.import && !ost.known && now - ost.connected_at < options_.first_answer_ns;
  });
}

Result<std::vector<uint16_t>> OstPool::choose(int32_t count, uint32_t /*stripe_size*/,
                                              int32_t start_ost) {
  if (start_ost >= 0) return from_start(start_ost, count);
  const MonotonicNs now = env_.clock().monotonic();
  Candidates candidates = this->candidates(now);
  if (candidates.empty()) return nothing_usable(now);
  size_t wanted = count < 0 ? osts_.size() : std::max<size_t>(1, static_cast<size_t>(count));
  if (candidates.size() < wanted && more_to_come(now)) return too_few_yet();
  wanted = std::min(wanted, candidates.size());

  const auto by_space = [](const Ost* a, const Ost* b) {
    return a->space.bytes_available < b->space.bytes_available;
  };
  const auto [low, high] = std::ranges::minmax_element(candidates, by_space);
  const uint64_t most = (*high)->space.bytes_available;
  const bool even = most - (*low)->space.bytes_available < most / 100 * kRoundRobinPercent;
  if (even || candidates.size() == 1) return round_robin(candidates, wanted);
  return weighted(std::move(candidates), wanted);
}

std::vector<uint16_t> OstPool::round_robin(const Candidates& candidates, size_t count) {
  std::vector<uint16_t> out;
  const size_t size = candidates.size();
  // Each round begins one further: else files whose stripes fill the round evenly would all begin
  // on the same few OSTs, and small files have data only there.
  const size_t first = (cursor_ + (count > 1 ? cursor_ / size : 0)) % size;
  for (size_t i = 0; i < count; ++i) out.push_back(candidates[(first + i) % size]->index);
  cursor_ += count;
  return out;
}

std::vector<uint16_t> OstPool::weighted(Candidates candidates, size_t count) {
  std::vector<uint16_t> out;
  const auto weight = [](const Ost* ost) { return ost->space.bytes_available / kMiB + 1; };
  while (out.size() < count) {
    uint64_t sum = 0;
    for (const Ost* ost : candidates) sum += weight(ost);
    uint64_t ticket = env_.random().below(sum);
    auto drawn = candidates.begin();
    while (ticket >= weight(*drawn)) ticket -= weight(*drawn++);
    out.push_back((*drawn)->index);
    candidates.erase(drawn);
  }
  return out;
}

Result<std::vector<uint16_t>> OstPool::from_start(int32_t start, int32_t count) const {
  const auto first = start > UINT16_MAX ? osts_.end() : osts_.find(static_cast<uint16_t>(start));
  if (first == osts_.end()) {
    if (osts_.empty()) return Error(Errc::kRecovering, "the OSTs are not known yet");
    return Error(Errc::kInvalid, fmt::format("there is no OST with index {}", start));
  }
  if (first->second->known && !fits(*first->second))
    return Error(Errc::kNoSpace, fmt::format("{} is full or read-only", first->second->info.label));
  const size_t wanted = count < 0 ? osts_.size() : std::max<size_t>(1, static_cast<size_t>(count));
  std::vector<uint16_t> out{first->first};
  auto next = first;
  while (out.size() < wanted) {
    if (++next == osts_.end()) next = osts_.begin();
    if (next == first) break;
    if (fits(*next->second)) out.push_back(next->first);
  }
  if (out.size() < wanted && more_to_come(env_.clock().monotonic())) return too_few_yet();
  return out;
}

}  // namespace sheen::mds
