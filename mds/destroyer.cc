// SPDX-License-Identifier: Apache-2.0
#include "mds/destroyer.h"

#include <algorithm>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"

namespace sheen::mds {
namespace {

constexpr int64_t kRetryNs = kSecond;

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS destroys("
    "ost INTEGER NOT NULL, id INTEGER NOT NULL, fid INTEGER NOT NULL, component INTEGER NOT NULL, "
    "stripe INTEGER NOT NULL, PRIMARY KEY(ost, id)) WITHOUT ROWID, STRICT";

}  // namespace

struct Destroyer::Queue {
  uint64_t pending = 0;     // rows, as of the last step
  uint64_t counted_id = 0;  // rows up to here are in `pending`
  MonotonicNs retry_at = 0;

  bool in_flight = false;
  uint64_t generation = 0;  // of the import that has the batch
  uint64_t batch_last_id = 0;
  uint64_t batch_rows = 0;
  uint64_t nothing_up_to = 0;  // no row of this queue was durable when durable_id_ was this
  bool confirmed = false;      // the batch is durable over there, its rows can go
};

Result<std::unique_ptr<Destroyer>> Destroyer::open(target::Environment& env, OstPool& osts) {
  std::unique_ptr<Destroyer> destroyer(new Destroyer(env, osts));
  SHEEN_TRY(destroyer->prepare());
  return destroyer;
}

Destroyer::Destroyer(target::Environment& env, OstPool& osts) : env_(env), osts_(osts) {}

Destroyer::~Destroyer() = default;

Status Destroyer::prepare() {
  store::Database& database = env_.database();
  SHEEN_TRY(database.execute(kSchema));
  SHEEN_ASSIGN(insert_, database.prepare("INSERT INTO destroys(ost, id, fid, component, stripe) "
                                         "VALUES(?, ?, ?, ?, ?)"));
  SHEEN_ASSIGN(count_, database.prepare("SELECT COUNT(*) FROM destroys WHERE ost = ? AND id > ?"));
  SHEEN_ASSIGN(batch_, database.prepare("SELECT id, fid, component, stripe FROM destroys "
                                        "WHERE ost = ? AND id <= ? ORDER BY id LIMIT ?"));
  SHEEN_ASSIGN(delete_, database.prepare("DELETE FROM destroys WHERE ost = ? AND id <= ?"));

  SHEEN_ASSIGN(store::Statement osts,
               database.prepare("SELECT ost, MAX(id) FROM destroys GROUP BY ost"));
  osts.bind();
  for (;;) {
    SHEEN_ASSIGN(const bool more, osts.row());
    if (!more) break;
    touched_.insert(static_cast<uint16_t>(osts.int64(0)));
    next_id_ = std::max(next_id_, static_cast<uint64_t>(osts.int64(1)) + 1);
  }
  return ok();
}

Destroyer::Queue& Destroyer::queue_of(uint16_t ost) {
  std::unique_ptr<Queue>& queue = queues_[ost];
  if (!queue) queue = std::make_unique<Queue>();
  return *queue;
}

Status Destroyer::add(const wire::Striping& striping, Fid fid) {
  for (size_t c = 0; c < striping.components.size(); ++c) {
    const std::vector<uint16_t>& osts = striping.components[c].osts;
    for (size_t stripe = 0; stripe < osts.size(); ++stripe) {
      SHEEN_TRY(insert_.bind(osts[stripe], next_id_++, fid.value, c, stripe).run());
      touched_.insert(osts[stripe]);
    }
  }
  return ok();
}

Status Destroyer::step(MonotonicNs now) {
  SHEEN_ASSERT(!env_.database().in_transaction());
  SHEEN_TRY(count_new_rows());
  advance_durable();
  for (auto& [ost, queue] : queues_) {
    if (queue->confirmed) SHEEN_TRY(delete_confirmed(ost, *queue));
    // The configuration replaced the import, and the batch went with it.
    if (queue->in_flight && queue->generation != osts_.import_generation(ost))
      queue->in_flight = false;
    const bool sendable = queue->pending > 0 && queue->nothing_up_to < durable_id_;
    if (!queue->in_flight && sendable && now >= queue->retry_at)
      SHEEN_TRY(send_batch(ost, *queue, now));
  }
  return ok();
}

Status Destroyer::count_new_rows() {
  for (const uint16_t ost : std::exchange(touched_, {})) {
    Queue& queue = queue_of(ost);
    SHEEN_TRY(count_.bind(ost, queue.counted_id).row());
    queue.pending += static_cast<uint64_t>(count_.int64(0));
    count_.reset();
    queue.counted_id = next_id_ - 1;
    queue.retry_at = 0;
  }
  return ok();
}

void Destroyer::advance_durable() {
  if (syncing_id_ == durable_id_ && next_id_ - 1 > durable_id_) {
    syncing_id_ = next_id_ - 1;
    syncing_until_ = env_.last_transno();
  }
  if (env_.committed() >= syncing_until_) durable_id_ = syncing_id_;
}

Status Destroyer::send_batch(uint16_t ost, Queue& queue, MonotonicNs now) {
  rpc::Import* import = osts_.import(ost);
  if (import == nullptr) {
    queue.retry_at = now + kRetryNs;
    return ok();
  }
  wire::DestroyRequestT request;
  batch_.bind(ost, durable_id_, kDestroyBatchMax);
  for (;;) {
    SHEEN_ASSIGN(const bool more, batch_.row());
    if (!more) break;
    queue.batch_last_id = static_cast<uint64_t>(batch_.int64(0));
    request.objects.emplace_back(static_cast<uint64_t>(batch_.int64(1)),
                                 static_cast<uint16_t>(batch_.int64(2)),
                                 static_cast<uint16_t>(batch_.int64(3)));
  }
  batch_.reset();
  if (request.objects.empty()) {  // not durable yet; the sync will wake the lane
    queue.nothing_up_to = durable_id_;
    return ok();
  }

  queue.in_flight = true;
  queue.generation = osts_.import_generation(ost);
  queue.batch_rows = request.objects.size();
  // Destroying may be repeated, so it needs no slot.
  rpc::call<wire::DestroyRequest>(
      *import, rpc::RequestKind::kRead, request,
      [this, ost, &queue](Result<rpc::ReplyFor<wire::DestroyRequest>> reply) {
        queue.in_flight = false;
        queue.confirmed = reply.has_value();
        if (reply) return;
        queue.retry_at = env_.clock().monotonic() + kRetryNs;
        SHEEN_WARN("destroying objects on OST {} failed, will be repeated: {}", ost,
                   reply.error().message());
      });
  return ok();
}

Status Destroyer::delete_confirmed(uint16_t ost, Queue& queue) {
  if (auto fault = SHEEN_FAULT("mds.destroyer.before_delete")) return fault->error();
  queue.confirmed = false;
  store::Database& database = env_.database();
  SHEEN_TRY(database.begin());
  SHEEN_TRY(delete_.bind(ost, queue.batch_last_id).run());
  SHEEN_TRY(database.commit());
  SHEEN_ASSERT(queue.pending >= queue.batch_rows);
  queue.pending -= queue.batch_rows;
  return ok();
}

MonotonicNs Destroyer::next_wakeup() const {
  MonotonicNs at = kNever;
  for (const auto& [ost, queue] : queues_) {
    if (queue->confirmed) return 0;
    const bool sendable = !queue->in_flight && queue->pending > 0;
    if (sendable && queue->retry_at > 0) at = std::min(at, queue->retry_at);
  }
  return at;
}

uint64_t Destroyer::pending() const {
  uint64_t sum = 0;
  for (const auto& [ost, queue] : queues_) sum += queue->pending;
  return sum;
}

}  // namespace sheen::mds
