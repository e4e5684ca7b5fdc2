// SPDX-License-Identifier: Apache-2.0
#pragma once

// ObjectFiles: where an object's files lie, and opening, making and removing them.
//
//   O/<sequence>/d<number % 32>/<number>.<component>.<stripe>             segment 0
//   O/<sequence>/d<number % 32>/<number>.<component>.<stripe>.s<segment>  the others
//
// (docs/disk-format.md). Numbers are in lower-case hexadecimal, except the one after the "d".
// Keeps a few files of segments above 0 open; segment 0's file belongs to the Object.
// Owned by the ObjectStore; any thread may call; whoever calls has the object to himself, or shares
// it with readers only.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/store/disk.h"
#include "oss/store/lru_cache.h"

namespace sheen::oss {

// A whole segment must fit in a file of any supported file system. ext4's files end at 16 TiB with
// blocks of 4 KiB, but just below 4 TiB with blocks of 1 KiB, which mkfs.ext4 chooses on small
// devices.
inline constexpr uint64_t kSegmentBytes = uint64_t{1} << 41;
// Bounds what an object with data at many distant places costs: every state of it looks at all of
// its segments. Without holes it is 2 PiB, more than a target's file system holds.
inline constexpr size_t kSegmentsMax = 1024;
inline constexpr size_t kSegmentFilesMax = 64;

class ObjectFiles {
 public:
  ObjectFiles(store::Disk& disk, std::string root);

  store::Disk& disk() { return disk_; }
  // The directory of all object files.
  Status make_root();
  std::string directory(const ObjectId& object) const;
  std::string path(const ObjectId& object, uint32_t segment) const;

  Result<std::shared_ptr<store::File>> open_first(const ObjectId& object, bool create);
  Result<std::shared_ptr<store::File>> open_segment(const ObjectId& object, uint32_t segment,
                                                    bool create);
  Status remove(const ObjectId& object, uint32_t segment);
  // The segments above 0 that have a file, ascending. Reads a whole directory.
  Result<std::vector<uint32_t>> list_segments(const ObjectId& object);
  // Files made and removed are durable. Fine if the directory does not exist.
  Status sync_directory(const std::string& directory);

 private:
  struct SegmentKey {
    ObjectId object;
    uint32_t segment = 0;
    bool operator==(const SegmentKey&) const = default;
  };
  struct SegmentHash {
    size_t operator()(const SegmentKey& key) const noexcept {
      return std::hash<ObjectId>{}(key.object) ^ (key.segment * 0x9E3779B97F4A7C15ULL);
    }
  };

  store::Disk& disk_;
  const std::string root_;
  LruCache<SegmentKey, store::File, SegmentHash> segment_files_{kSegmentFilesMax};
};

}  // namespace sheen::oss
