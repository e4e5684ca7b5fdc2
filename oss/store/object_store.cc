// SPDX-License-Identifier: Apache-2.0
#include "oss/store/object_store.h"

#include <algorithm>
#include <set>

#include <linux/falloc.h>

#include "lib/base/limits.h"
#include "lib/base/log.h"

namespace sheen::oss {
namespace {

// A new object takes an inode and sometimes a block of its directory.
constexpr uint64_t kCreationBytes = 8192;
constexpr uint64_t kBlockBytes = 512;  // of FileStat::blocks

bool allocate_mode_supported(uint32_t mode) {
  return mode == 0 || mode == FALLOC_FL_KEEP_SIZE || mode == FALLOC_FL_ZERO_RANGE ||
         mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) ||
         mode == (FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
}

// Bytes of [offset, end) that lie in holes or behind the object's end. Space that is allocated but
// not written counts as a hole, because seek() cannot tell; asked only when space is short.
Result<uint64_t> bytes_missing(Object& object, uint64_t offset, uint64_t end) {
  SHEEN_ASSIGN(const auto stat, object.stat());
  const uint64_t inside_end = std::min(end, stat.size);
  uint64_t missing = end > stat.size ? end - std::max(offset, stat.size) : 0;
  if (stat.blocks * kBlockBytes >= stat.size) return missing;  // no holes
  for (uint64_t at = offset; at < inside_end;) {
    SHEEN_ASSIGN(const auto hole, object.seek(at, false));
    if (!hole || *hole >= inside_end) break;
    SHEEN_ASSIGN(const auto data, object.seek(*hole, true));
    at = std::min(data.value_or(inside_end), inside_end);
    missing += at - *hole;
  }
  return missing;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> ObjectStore::open(store::Disk& disk,
                                                       const store::Database& database,
                                                       ObjectStoreOptions options) {
  std::unique_ptr<ObjectStore> store(new ObjectStore(disk, database, std::move(options)));
  SHEEN_TRY(store->files_.make_root());
  return store;
}

ObjectStore::ObjectStore(store::Disk& disk, const store::Database& database,
                         ObjectStoreOptions options)
    : options_(std::move(options)),
      disk_(disk),
      files_(disk, options_.directory + "/O"),
      space_(disk, options_.directory, database),
      objects_(options_.open_objects_max) {}

Result<std::shared_ptr<Object>> ObjectStore::find(const ObjectId& id) {
  if (auto object = objects_.find(id)) return object;
  auto opened = Object::open(files_, id, false);
  if (opened) return objects_.insert(id, std::move(*opened));
  if (opened.code() == Errc::kNotFound) return std::shared_ptr<Object>{};
  return std::move(opened).error();
}

template <class Change>
Result<ObjectState> ObjectStore::change(const ObjectId& id, bool create, Change&& run) {
  SHEEN_ASSIGN(auto object, find(id));
  const bool creates = object == nullptr;
  if (creates) {
    if (!create) return ObjectState{};
    SHEEN_ASSIGN(const bool fits, space_.admit(kCreationBytes));
    if (!fits) return Error(Errc::kNoSpace, id.to_string());
    auto made = Object::open(files_, id, true);
    if (!made) {
      roll_back(id, true, 0);
      return std::move(made).error();
    }
    object = objects_.insert(id, std::move(*made));
  }
  const uint64_t old_size = object->size();
  Status done = run(*object);
  if (done) {
    auto state = object->settle();
    if (state) return ObjectState(*state);
    done = std::move(state).error();
  }
  object.reset();
  roll_back(id, creates, old_size);
  return std::move(done).error();
}

// After a failure the object in memory may not tell what happened to the files, so it is opened
// anew.
void ObjectStore::roll_back(const ObjectId& id, bool created, uint64_t old_size) {
  objects_.erase(id);
  auto object = Object::open(files_, id, false);
  if (!object) {
    if (object.code() != Errc::kNotFound)
      SHEEN_WARN("object {} after a failed change: {}", id.to_string(), object.error().message());
    return;
  }
  Status undone = ok();
  if (created)
    undone = (*object)->remove();
  else if ((*object)->size() > old_size)
    undone = (*object)->truncate(old_size);
  if (!undone)
    SHEEN_WARN("object {} keeps a part of a failed change: {}", id.to_string(),
               undone.error().message());
}

Result<bool> ObjectStore::fits(Object* object, uint64_t offset, uint64_t length) {
  SHEEN_ASSIGN(const bool admitted, space_.admit(length));
  if (admitted || object == nullptr) return admitted;
  SHEEN_ASSIGN(const uint64_t missing, bytes_missing(*object, offset, offset + length));
  if (missing == 0) return space_.admit_overwrite();
  return space_.admit(missing);
}

Result<ObjectStore::ReadResult> ObjectStore::read(const ObjectId& id, uint64_t offset,
                                                  std::span<uint8_t> into) {
  SHEEN_ASSIGN(const auto object, find(id));
  if (!object) return ReadResult{};
  ReadResult out;
  SHEEN_ASSIGN(out.length, object->read(offset, into));
  SHEEN_ASSIGN(out.state, object->stat());
  return out;
}

Result<std::optional<uint64_t>> ObjectStore::seek(const ObjectId& id, uint64_t offset, bool data) {
  SHEEN_ASSIGN(const auto object, find(id));
  if (!object) return std::optional<uint64_t>{};
  return object->seek(offset, data);
}

Result<ObjectState> ObjectStore::stat(const ObjectId& id) {
  SHEEN_ASSIGN(const auto object, find(id));
  if (!object) return ObjectState{};
  SHEEN_ASSIGN(const auto stat, object->stat());
  return ObjectState(stat);
}

Result<ObjectState> ObjectStore::write(const ObjectId& id, uint64_t offset,
                                       std::span<const uint8_t> from) {
  if (offset > kFileSizeMax || from.size() > kFileSizeMax - offset)
    return Error(Errc::kFileTooBig, id.to_string());
  if (from.empty()) return stat(id);  // writes nothing and, as write(2), changes no time
  SHEEN_ASSIGN(const auto object, find(id));
  SHEEN_ASSIGN(const bool room, fits(object.get(), offset, from.size()));
  if (!room) return Error(Errc::kNoSpace, id.to_string());
  return change(id, true, [&](Object& o) { return o.write(offset, from); });
}

Result<ObjectState> ObjectStore::truncate(const ObjectId& id, uint64_t size) {
  if (size > kFileSizeMax) return Error(Errc::kFileTooBig, id.to_string());
  if (size != 0) return change(id, true, [&](Object& o) { return o.truncate(size); });
  SHEEN_TRY(remove(id));
  return ObjectState{};
}

Result<ObjectState> ObjectStore::allocate(const ObjectId& id, uint32_t mode, uint64_t offset,
                                          uint64_t length) {
  if (length == 0) return Error(Errc::kInvalid, "fallocate of nothing");
  if (!allocate_mode_supported(mode)) return Error(Errc::kNotSupported, "fallocate mode");
  if (offset > kFileSizeMax || length > kFileSizeMax - offset)
    return Error(Errc::kFileTooBig, id.to_string());
  const bool grows = (mode & FALLOC_FL_PUNCH_HOLE) == 0;
  if (grows) {
    SHEEN_ASSIGN(const auto object, find(id));
    SHEEN_ASSIGN(const bool room, fits(object.get(), offset, length));
    if (!room) return Error(Errc::kNoSpace, id.to_string());
  }
  return change(id, grows,
                [&](Object& o) { return o.allocate(static_cast<int>(mode), offset, length); });
}

Result<ObjectState> ObjectStore::set_mtime(const ObjectId& id, RealtimeNs mtime) {
  return change(id, false, [&](Object& o) { return o.set_mtime(mtime); });
}

Status ObjectStore::remove(const ObjectId& id) {
  SHEEN_ASSIGN(const auto object, find(id));
  if (!object) return ok();
  objects_.erase(id);
  return object->remove();
}

Status ObjectStore::poison_if_failed(Status status) {
  if (!status) {
    SHEEN_ERROR("cannot make data durable: {}", status.error().message());
    poisoned_.store(true, std::memory_order_release);
  }
  return status;
}

Status ObjectStore::sync(const ObjectId& id) {
  SHEEN_ASSIGN(const auto object, find(id));
  if (object) return poison_if_failed(object->sync());
  // Absent perhaps only since a truncation to 0, and that must not come undone either.
  return sync_removals(std::span(&id, 1));
}

Status ObjectStore::sync_removals(std::span<const ObjectId> ids) {
  std::set<std::string> directories;
  for (const ObjectId& id : ids) directories.insert(files_.directory(id));
  for (const std::string& directory : directories)
    SHEEN_TRY(poison_if_failed(files_.sync_directory(directory)));
  return ok();
}

Status ObjectStore::sync_all() {
  SHEEN_TRY(poison_if_failed(disk_.sync_filesystem(options_.directory)));
  // The kernel tells of a failure once: a sync of one object may have been the one that was told.
  if (poisoned()) return Error(Errc::kIo, "object data could not be made durable");
  return ok();
}

}  // namespace sheen::oss
