// SPDX-License-Identifier: Apache-2.0
#include "oss/ost.h"

#include <algorithm>

#include <sys/resource.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "oss/operations.h"

namespace sheen::oss {
namespace {

constexpr size_t kOpenObjectsMax = 1024;
constexpr size_t kOpenObjectsMin = 16;
// Unused blocks of 1 MiB that are kept: enough for the readers of one busy moment.
constexpr size_t kIdleBuffersMax = 16;
// Requests in the I/O pool's hands. Far more than a healthy cluster's clients have outstanding.
constexpr size_t kRequestsMax = 16384;
// And their payload: a disk that stands still must not fill the memory with what waits for it.
constexpr size_t kBytesInHandMax = 256 << 20;

// Three quarters of the process's files are left to connections, SQLite and segments.
size_t open_objects_max() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOpenObjectsMin;
  return std::clamp<size_t>(limit.rlim_cur / 4, kOpenObjectsMin, kOpenObjectsMax);
}

}  // namespace

Ost::Ost(target::Environment& env, std::unique_ptr<ObjectStore> store)
    : store_(std::move(store)),
      buffers_(kIdleBuffersMax),
      pool_(
          env.io_threads(), kRequestsMax, [&env] { env.wake(); },
          [&env] { env.confirm_ownership(); }),
      destroyer_(pool_, *store_, counters_) {}

std::span<const target::Operation> Ost::operations() const { return operation_table(); }

Status Ost::step(MonotonicNs) {
  pool_.step();
  destroyer_.step();
  return ok();
}

bool Ost::take_in_hand(size_t payload_bytes) {
  if (!pool_.has_room() || bytes_in_hand_ + payload_bytes > kBytesInHandMax) {
    counters_.refused.add(1);
    return false;
  }
  bytes_in_hand_ += payload_bytes;
  return true;
}

MonotonicNs Ost::next_wakeup() const { return pool_.due() ? 0 : kNever; }

store::DiskSpace Ost::space() {
  auto now = store_->space();
  if (now)
    last_space_ = *now;
  else
    SHEEN_WARN("cannot tell the space of the target: {}", now.error().message());
  return last_space_;
}

std::vector<std::pair<std::string, uint64_t>> Ost::counters() {
  return {{"reads", counters_.reads.value()},
          {"read_bytes", counters_.read_bytes.value()},
          {"writes", counters_.writes.value()},
          {"write_bytes", counters_.write_bytes.value()},
          {"truncates", counters_.truncates.value()},
          {"allocates", counters_.allocates.value()},
          {"seeks", counters_.seeks.value()},
          {"glimpses", counters_.glimpses.value()},
          {"set_times", counters_.set_times.value()},
          {"object_syncs", counters_.syncs.value()},
          {"destroyed_objects", counters_.destroyed_objects.value()},
          {"refused_requests", counters_.refused.value()},
          {"requests_in_io", pool_.in_flight()},
          {"bytes_in_io", bytes_in_hand_},
          {"open_objects", store_->open_objects()}};
}

Status Ost::sync_data() {
  if (auto fault = SHEEN_FAULT("oss.sync_data.before")) return fault->error();
  return store_->sync_all();
}

Result<std::unique_ptr<target::Role>> open_ost(target::Environment& env) {
  SHEEN_ASSIGN(auto store, ObjectStore::open(env.disk(), env.database(),
                                             {env.directory(), open_objects_max()}));
  return std::unique_ptr<target::Role>(std::make_unique<Ost>(env, std::move(store)));
}

}  // namespace sheen::oss
