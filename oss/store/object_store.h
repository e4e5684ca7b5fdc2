// SPDX-License-Identifier: Apache-2.0
#pragma once

// ObjectStore: the OST's objects by their ids. It opens and caches them, makes an object at the
// first change that gives it something to hold, removes it when it is cut to nothing, and takes
// back what a failed change has added to it.
//
// Owned by the Ost. Any thread may call, under the IoPool's rule: changes of an object (write,
// truncate, allocate, set_mtime, remove) exclusively, the rest shared. Calls block.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "oss/store/object.h"
#include "oss/store/space_guard.h"

namespace sheen::oss {

// Of an object after an operation; nothing if it does not exist.
using ObjectState = std::optional<store::FileStat>;

struct ObjectStoreOptions {
  std::string directory;           // the target's; objects lie in O/ below it
  size_t open_objects_max = 1024;  // each keeps one file open
};

class ObjectStore {
 public:
  // `database`: the target's own, for which space is kept. It outlives the store.
  static Result<std::unique_ptr<ObjectStore>> open(store::Disk& disk,
                                                   const store::Database& database,
                                                   ObjectStoreOptions options);

  struct ReadResult {
    size_t length = 0;
    ObjectState state;
  };
  // Short at the object's end. offset <= kFileSizeMax.
  Result<ReadResult> read(const ObjectId& id, uint64_t offset, std::span<uint8_t> into);
  Result<std::optional<uint64_t>> seek(const ObjectId& id, uint64_t offset, bool data);
  Result<ObjectState> stat(const ObjectId& id);
  // What was done to the object before is durable. A failure is final: see poisoned().
  Status sync(const ObjectId& id);

  // All or, with an error, nothing that makes the object longer. kNoSpace, kFileTooBig.
  Result<ObjectState> write(const ObjectId& id, uint64_t offset, std::span<const uint8_t> from);
  Result<ObjectState> truncate(const ObjectId& id, uint64_t size);  // to 0: removes
  // fallocate(2) with mode 0, KEEP_SIZE, PUNCH_HOLE|KEEP_SIZE, ZERO_RANGE or ZERO_RANGE|KEEP_SIZE;
  // kNotSupported for others. A hole in an absent object is no change.
  Result<ObjectState> allocate(const ObjectId& id, uint32_t mode, uint64_t offset, uint64_t length);
  Result<ObjectState> set_mtime(const ObjectId& id, RealtimeNs mtime);  // absent stays absent
  Status remove(const ObjectId& id);  // fine if absent; durable after sync_removals()

  // Objects removed before are gone for good, whoever removed them (this process or one before it).
  Status sync_removals(std::span<const ObjectId> ids);
  // Everything done before is durable.
  Status sync_all();

  // A sync has failed: the kernel may have dropped pages that were answered for, and a second sync
  // would claim success. The target must end and come back through recovery.
  bool poisoned() const { return poisoned_.load(std::memory_order_acquire); }

  Result<store::DiskSpace> space() { return space_.space(); }
  size_t open_objects() const { return objects_.size(); }

 private:
  ObjectStore(store::Disk& disk, const store::Database& database, ObjectStoreOptions options);

  // Null if absent.
  Result<std::shared_ptr<Object>> find(const ObjectId& id);
  template <class Change>
  Result<ObjectState> change(const ObjectId& id, bool create, Change&& run);
  void roll_back(const ObjectId& id, bool created, uint64_t old_size);
  Result<bool> fits(Object* object, uint64_t offset, uint64_t length);
  Status poison_if_failed(Status status);

  const ObjectStoreOptions options_;
  store::Disk& disk_;
  ObjectFiles files_;
  SpaceGuard space_;
  LruCache<ObjectId, Object> objects_;
  std::atomic<bool> poisoned_{false};
};

}  // namespace sheen::oss
