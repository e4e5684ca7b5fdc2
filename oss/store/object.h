// SPDX-License-Identifier: Apache-2.0
#pragma once

// Object: an open object, that is its bytes from 0 to 8 EiB - 1 laid over files of at most
// kSegmentBytes each, because no local file can be that long.
//
// Segment 0's file exists as long as the object does; the other segments only where something was
// written. The size is that of the last segment that is not empty, so an empty segment file
// (allocated beyond the end, or made by a process that died right then) means nothing. What lies
// between, in short or absent segments, is a hole.
//
// Whether there are other segments is said by an attribute of segment 0's file, set before the
// first of them is made; then opening the object reads the directory. An ordinary object pays one
// fgetxattr when it is opened and nothing later. Growing makes new files first and shrinking
// removes from the end, so a process may die between any two calls and leaves an object that is
// whole up to some size between the old one and the new one.
//
// Calls that change an object need it exclusively; read(), seek(), stat() and sync() may share it
// (IoPool sees to that). After a failed change the object must be thrown away and opened again.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "oss/store/object_files.h"

namespace sheen::oss {

class Object {
 public:
  // kNotFound if it does not exist, unless `create`.
  static Result<std::shared_ptr<Object>> open(ObjectFiles& files, const ObjectId& id, bool create);

  // As of the last settle(); equal to stat()'s unless a change is on its way.
  uint64_t size() const { return size_; }

  Result<size_t> read(uint64_t offset, std::span<uint8_t> into);
  // Where data (or a hole) begins at or after `offset`; nothing at or behind the end, or if no data
  // follows.
  Result<std::optional<uint64_t>> seek(uint64_t offset, bool data);
  Result<store::FileStat> stat();
  Status sync();

  // offset + size <= kFileSizeMax is the caller's to check, for all of these.
  Status write(uint64_t offset, std::span<const uint8_t> from);
  Status truncate(uint64_t size);
  Status allocate(int mode, uint64_t offset, uint64_t length);
  Status set_mtime(RealtimeNs mtime);
  Status remove();
  // Ends a change: the state after it.
  Result<store::FileStat> settle();

 private:
  Object(ObjectFiles& files, const ObjectId& id, std::shared_ptr<store::File> first)
      : files_(files), id_(id), first_(std::move(first)) {}
  Status load_segments();
  Result<std::shared_ptr<store::File>> segment(uint32_t index, bool create);
  Status mark_segmented();
  // Takes note of what a change did to a segment.
  Status note(uint32_t index, store::File& file);
  uint64_t segment_bytes(uint32_t index) const;

  ObjectFiles& files_;
  const ObjectId id_;
  const std::shared_ptr<store::File> first_;
  bool segmented_ = false;
  uint64_t size_ = 0;
  uint64_t first_bytes_ = 0;                    // size of segment 0
  std::map<uint32_t, store::FileStat> others_;  // segments above 0 that have a file
};

}  // namespace sheen::oss
