// SPDX-License-Identifier: Apache-2.0
#include "oss/destroyer.h"

#include "lib/base/fault.h"
#include "lib/wire/codec.h"

namespace sheen::oss {
namespace {

constexpr size_t kRemovalsRunningMax = 32;

Status remove_object(ObjectStore& store, const ObjectId& object) {
  if (auto fault = SHEEN_FAULT("oss.destroy.before")) return fault->error();
  SHEEN_TRY(store.remove(object));
  if (auto fault = SHEEN_FAULT("oss.destroy.after")) return fault->error();
  return ok();
}

Status sync_removals(ObjectStore& store, const std::vector<ObjectId>& objects) {
  if (auto fault = SHEEN_FAULT("oss.destroy.before_sync")) return fault->error();
  SHEEN_TRY(store.sync_removals(objects));
  if (auto fault = SHEEN_FAULT("oss.destroy.after_sync")) return fault->error();
  return ok();
}

}  // namespace

void Destroyer::destroy(std::vector<ObjectId> objects, target::CallPtr call) {
  auto batch = std::make_shared<Batch>();
  batch->objects = std::move(objects);
  batch->call = std::move(call);
  if (batch->objects.empty())
    removed_.push_back(std::move(batch));
  else
    removing_.push_back(std::move(batch));
  step();
}

void Destroyer::step() {
  start_removals();
  start_sync();
}

void Destroyer::start_removals() {
  while (!removing_.empty() && removals_running_ < kRemovalsRunningMax && pool_.has_room()) {
    const BatchPtr batch = removing_.front();
    const ObjectId& object = batch->objects[batch->started++];
    if (batch->started == batch->objects.size()) removing_.pop_front();
    start_removal(batch, object);
  }
}

void Destroyer::start_removal(const BatchPtr& batch, const ObjectId& object) {
  ++removals_running_;
  pool_.submit(object, Access::kExclusive, [this, batch, object]() -> IoPool::Completion {
    return [this, batch, status = remove_object(store_, object)]() mutable {
      finish_removal(batch, std::move(status));
    };
  });
}

void Destroyer::finish_removal(const BatchPtr& batch, Status status) {
  --removals_running_;
  if (status)
    counters_.destroyed_objects.add(1);
  else
    batch->status = std::move(status);
  if (++batch->finished == batch->objects.size()) {
    if (batch->status)
      removed_.push_back(batch);
    else
      batch->call->answer(batch->status.error());
  }
  step();
}

void Destroyer::start_sync() {
  if (sync_running_ || removed_.empty() || !pool_.has_room()) return;
  sync_running_ = true;
  std::vector<ObjectId> objects;
  for (const BatchPtr& batch : removed_)
    objects.insert(objects.end(), batch->objects.begin(), batch->objects.end());
  pool_.submit([this, batches = std::move(removed_),
                objects = std::move(objects)]() mutable -> IoPool::Completion {
    return [this, batches = std::move(batches), status = sync_removals(store_, objects)] {
      finish_sync(batches, status);
    };
  });
  removed_.clear();
}

void Destroyer::finish_sync(const std::vector<BatchPtr>& batches, const Status& status) {
  sync_running_ = false;
  for (const BatchPtr& batch : batches) {
    if (status)
      batch->call->answer(target::ReplyBody{wire::encode(wire::DestroyReplyT{}), {}});
    else
      batch->call->answer(status.error());
  }
  step();
}

}  // namespace sheen::oss
