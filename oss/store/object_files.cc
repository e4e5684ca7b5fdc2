// SPDX-License-Identifier: Apache-2.0
#include "oss/store/object_files.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sheen::oss {
namespace {

// Spreads the objects of a sequence so that no directory gets huge, as Lustre does.
constexpr uint32_t kSubdirectories = 32;

std::string first_name(const ObjectId& object) {
  return fmt::format("{:x}.{:x}.{:x}", object.fid.object(), object.component, object.stripe);
}

}  // namespace

ObjectFiles::ObjectFiles(store::Disk& disk, std::string root)
    : disk_(disk), root_(std::move(root)) {}

Status ObjectFiles::make_root() { return disk_.make_directory(root_); }

std::string ObjectFiles::directory(const ObjectId& object) const {
  return fmt::format("{}/{:x}/d{}", root_, object.fid.sequence(),
                     object.fid.object() % kSubdirectories);
}

std::string ObjectFiles::path(const ObjectId& object, uint32_t segment) const {
  const std::string first = fmt::format("{}/{}", directory(object), first_name(object));
  return segment == 0 ? first : fmt::format("{}.s{:x}", first, segment);
}

Result<std::shared_ptr<store::File>> ObjectFiles::open_first(const ObjectId& object, bool create) {
  const std::string name = path(object, 0);
  auto file = disk_.open(name, create);
  if (file || !create || file.code() != Errc::kNotFound) return file;
  SHEEN_TRY(disk_.make_directory(fmt::format("{}/{:x}", root_, object.fid.sequence())));
  SHEEN_TRY(disk_.make_directory(directory(object)));
  return disk_.open(name, true);
}

Result<std::shared_ptr<store::File>> ObjectFiles::open_segment(const ObjectId& object,
                                                               uint32_t segment, bool create) {
  const SegmentKey key{object, segment};
  if (auto file = segment_files_.find(key)) return file;
  SHEEN_ASSIGN(auto file, disk_.open(path(object, segment), create));
  return segment_files_.insert(key, std::move(file));
}

Status ObjectFiles::remove(const ObjectId& object, uint32_t segment) {
  if (segment != 0) segment_files_.erase({object, segment});
  return disk_.remove(path(object, segment));
}

Result<std::vector<uint32_t>> ObjectFiles::list_segments(const ObjectId& object) {
  const std::string prefix = first_name(object) + ".s";
  SHEEN_ASSIGN(const auto names, disk_.list(directory(object)));
  std::vector<uint32_t> out;
  for (const std::string& name : names) {
    if (!name.starts_with(prefix)) continue;
    uint32_t segment = 0;
    const char* last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data() + prefix.size(), last, segment, 16);
    if (error == std::errc{} && end == last && segment != 0) out.push_back(segment);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status ObjectFiles::sync_directory(const std::string& directory) {
  Status status = disk_.sync_directory(directory);
  if (status.code() == Errc::kNotFound) return ok();
  return status;
}

}  // namespace sheen::oss
