// SPDX-License-Identifier: Apache-2.0
#include "oss/store/object.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <linux/falloc.h>

#include "lib/base/assert.h"

namespace sheen::oss {
namespace {

const std::string kSegmentedXattr = "user.sheen.segmented";

uint32_t index_of(uint64_t offset) { return static_cast<uint32_t>(offset / kSegmentBytes); }
uint64_t start_of(uint32_t index) { return uint64_t{index} * kSegmentBytes; }

// A range's part within one segment, as offsets in the segment's file.
struct Part {
  uint64_t offset;
  uint64_t length;
};
Part part_of(uint32_t index, uint64_t offset, uint64_t end) {
  const uint64_t from = std::max(offset, start_of(index)) - start_of(index);
  const uint64_t to = std::min(end - start_of(index), kSegmentBytes);
  return {from, to - from};
}

}  // namespace

Result<std::shared_ptr<Object>> Object::open(ObjectFiles& files, const ObjectId& id, bool create) {
  SHEEN_ASSIGN(auto first, files.open_first(id, create));
  std::shared_ptr<Object> object(new Object(files, id, std::move(first)));
  SHEEN_TRY(object->load_segments());
  SHEEN_TRY(object->settle());
  return object;
}

Status Object::load_segments() {
  const auto mark = first_->get_xattr(kSegmentedXattr);
  // A file system without attributes never let mark_segmented() succeed.
  if (mark.code() == Errc::kNoData || mark.code() == Errc::kNotSupported) return ok();
  if (!mark) return mark.error();
  segmented_ = true;
  SHEEN_ASSIGN(const auto indexes, files_.list_segments(id_));
  for (const uint32_t index : indexes) {
    SHEEN_ASSIGN(const auto file, files_.open_segment(id_, index, false));
    SHEEN_TRY(note(index, *file));
  }
  return ok();
}

Status Object::mark_segmented() {
  if (segmented_) return ok();
  // None can exist before the mark; if a repaired file system has some, their bytes are not ours.
  SHEEN_ASSIGN(const auto strays, files_.list_segments(id_));
  for (const uint32_t index : strays) SHEEN_TRY(files_.remove(id_, index));
  SHEEN_TRY(first_->set_xattr(kSegmentedXattr, "1"));
  segmented_ = true;
  return ok();
}

Result<std::shared_ptr<store::File>> Object::segment(uint32_t index, bool create) {
  if (index == 0) return first_;
  if (others_.contains(index)) return files_.open_segment(id_, index, false);
  SHEEN_ASSERT(create);
  if (others_.size() + 1 >= kSegmentsMax)
    return Error(Errc::kFileTooBig, id_.to_string() + ": data at too many distant places");
  SHEEN_TRY(mark_segmented());
  SHEEN_ASSIGN(auto file, files_.open_segment(id_, index, true));
  others_.emplace(index, store::FileStat{});
  return file;
}

Status Object::note(uint32_t index, store::File& file) {
  if (index == 0) return ok();  // settle() looks at segment 0 after every change
  SHEEN_ASSIGN(others_[index], file.stat());
  return ok();
}

uint64_t Object::segment_bytes(uint32_t index) const {
  if (index == 0) return first_bytes_;
  const auto found = others_.find(index);
  return found == others_.end() ? 0 : found->second.size;
}

Result<store::FileStat> Object::stat() {
  SHEEN_ASSIGN(store::FileStat out, first_->stat());
  for (const auto& [index, other] : others_) {
    out.blocks += other.blocks;
    if (other.size != 0) out.size = start_of(index) + other.size;
    // The later change's mtime counts, as between the objects of a file. When both were changed
    // within one tick of the file system's clock, the later mtime is the better guess.
    if (std::pair(other.ctime, other.mtime) > std::pair(out.ctime, out.mtime)) {
      out.ctime = other.ctime;
      out.mtime = other.mtime;
    }
  }
  return out;
}

Result<store::FileStat> Object::settle() {
  SHEEN_ASSIGN(const store::FileStat now, stat());
  size_ = now.size;
  if (others_.empty()) {
    first_bytes_ = now.size;
  } else {
    SHEEN_ASSIGN(const store::FileStat first, first_->stat());
    first_bytes_ = first.size;
  }
  return now;
}

Result<size_t> Object::read(uint64_t offset, std::span<uint8_t> into) {
  if (offset >= size_) return size_t{0};
  const uint64_t end = offset + std::min<uint64_t>(into.size(), size_ - offset);
  const size_t length = end - offset;
  uint8_t* to = into.data();
  for (uint32_t index = index_of(offset); start_of(index) < end; ++index) {
    const Part part = part_of(index, offset, end);
    size_t got = 0;
    if (part.offset < segment_bytes(index)) {
      SHEEN_ASSIGN(const auto file, segment(index, false));
      SHEEN_ASSIGN(got, file->read(to, part.length, part.offset));
    }
    std::memset(to + got, 0, part.length - got);
    to += part.length;
  }
  return length;
}

Result<std::optional<uint64_t>> Object::seek(uint64_t offset, bool data) {
  if (offset >= size_) return std::optional<uint64_t>{};
  // Only segments with files can hold data, and only such need to be asked for holes.
  uint32_t index = index_of(offset);
  while (start_of(index) < size_) {
    const uint64_t local = offset > start_of(index) ? offset - start_of(index) : 0;
    if (local < segment_bytes(index)) {
      SHEEN_ASSIGN(const auto file, segment(index, false));
      const auto found = file->seek(local, data);
      if (!found && found.code() != Errc::kNoDevice) return found.error();
      if (found && (data || *found < kSegmentBytes)) return std::optional(start_of(index) + *found);
      if (!found && !data) return std::optional(std::max(offset, start_of(index)));
    } else if (!data) {
      return std::optional(std::max(offset, start_of(index)));
    }
    if (data) {
      const auto next = others_.upper_bound(index);
      if (next == others_.end()) return std::optional<uint64_t>{};
      index = next->first;
    } else {
      ++index;
    }
  }
  if (data) return std::optional<uint64_t>{};
  return std::optional(size_);
}

Status Object::write(uint64_t offset, std::span<const uint8_t> from) {
  const uint64_t end = offset + from.size();
  const uint8_t* bytes = from.data();
  for (uint32_t index = index_of(offset); start_of(index) < end; ++index) {
    const Part part = part_of(index, offset, end);
    SHEEN_ASSIGN(const auto file, segment(index, true));
    SHEEN_TRY(file->write(bytes, part.length, part.offset));
    SHEEN_TRY(note(index, *file));
    bytes += part.length;
  }
  return ok();
}

Status Object::truncate(uint64_t size) {
  const uint32_t last = size == 0 ? 0 : index_of(size - 1);
  const uint64_t local = size - start_of(last);
  SHEEN_ASSIGN(const auto file, segment(last, true));
  const bool grows = segment_bytes(last) < local;
  if (grows) SHEEN_TRY(file->truncate(local));
  while (!others_.empty() && others_.rbegin()->first > last) {
    const uint32_t index = others_.rbegin()->first;
    SHEEN_TRY(files_.remove(id_, index));
    others_.erase(index);
  }
  if (!grows) SHEEN_TRY(file->truncate(local));
  return note(last, *file);
}

Status Object::allocate(int mode, uint64_t offset, uint64_t length) {
  const uint64_t end = offset + length;
  if ((mode & FALLOC_FL_PUNCH_HOLE) == 0) {
    for (uint32_t index = index_of(offset); start_of(index) < end; ++index) {
      const Part part = part_of(index, offset, end);
      SHEEN_ASSIGN(const auto file, segment(index, true));
      SHEEN_TRY(file->allocate(mode, part.offset, part.length));
      SHEEN_TRY(note(index, *file));
    }
    return ok();
  }
  // Where there is no file there is a hole already: the range may be exbibytes long.
  std::vector<uint32_t> existing;
  if (offset < kSegmentBytes) existing.push_back(0);
  for (auto it = others_.lower_bound(index_of(offset));
       it != others_.end() && start_of(it->first) < end; ++it)
    existing.push_back(it->first);
  for (const uint32_t index : existing) {
    const Part part = part_of(index, offset, end);
    SHEEN_ASSIGN(const auto file, segment(index, false));
    SHEEN_TRY(file->allocate(mode, part.offset, part.length));
    SHEEN_TRY(note(index, *file));
  }
  return ok();
}

Status Object::set_mtime(RealtimeNs mtime) {
  SHEEN_TRY(first_->set_mtime(mtime));
  for (auto& [index, stat] : others_) {
    SHEEN_ASSIGN(const auto file, segment(index, false));
    SHEEN_TRY(file->set_mtime(mtime));
    SHEEN_ASSIGN(stat, file->stat());
  }
  return ok();
}

Status Object::sync() {
  // On ext4 and XFS this takes a new file's name along: it was made in the same journal
  // transaction.
  SHEEN_TRY(first_->sync());
  for (const auto& [index, stat] : others_) {
    SHEEN_ASSIGN(const auto file, segment(index, false));
    SHEEN_TRY(file->sync());
  }
  // A truncation may have removed segments.
  return segmented_ ? files_.sync_directory(files_.directory(id_)) : ok();
}

Status Object::remove() {
  while (!others_.empty()) {
    const uint32_t index = others_.rbegin()->first;
    SHEEN_TRY(files_.remove(id_, index));
    others_.erase(index);
  }
  return files_.remove(id_, 0);
}

}  // namespace sheen::oss
