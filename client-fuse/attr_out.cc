// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/attr_out.h"

#include "lib/base/clock.h"

namespace sheen::fuse {
namespace {

// Each read or write of an application is a request to a server, so programs that go by st_blksize
// should use large ones.
constexpr blksize_t kPreferredIoBytes = 256 << 10;
constexpr blksize_t kBlockBytes = 4096;

timespec to_timespec(RealtimeNs time) {
  int64_t seconds = time / kSecond;
  int64_t rest = time % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {.tv_sec = seconds, .tv_nsec = rest};
}

}  // namespace

struct stat to_stat(const client::Attr& attr) {
  struct stat out {};
  out.st_ino = attr.fid.value;
  out.st_mode = attr.mode;
  out.st_nlink = attr.nlink;
  out.st_uid = attr.uid;
  out.st_gid = attr.gid;
  out.st_rdev = attr.rdev;
  out.st_size = static_cast<off_t>(attr.size);
  out.st_blocks = static_cast<blkcnt_t>(attr.blocks);
  out.st_blksize = S_ISREG(attr.mode) ? kPreferredIoBytes : kBlockBytes;
  out.st_atim = to_timespec(attr.atime);
  out.st_mtim = to_timespec(attr.mtime);
  out.st_ctim = to_timespec(attr.ctime);
  return out;
}

fuse_entry_param to_entry(const client::Attr& attr) {
  fuse_entry_param entry{};
  entry.ino = attr.fid.value;  // never reused, hence always of generation 0
  entry.attr = to_stat(attr);
  entry.entry_timeout = kEntryTimeout;
  entry.attr_timeout = kAttrTimeout;
  return entry;
}

RealtimeNs to_nanoseconds(uint64_t seconds, uint32_t nanoseconds) {
  // Beyond the years 1678 to 2262, which fit: the nearest time that does, as a file system does
  // whose inodes hold fewer bits than time_t.
  constexpr int64_t kLast = INT64_MAX / kSecond - 1;
  const auto signed_seconds = static_cast<int64_t>(seconds);
  if (signed_seconds > kLast) return kLast * kSecond;
  if (signed_seconds < -kLast) return -kLast * kSecond;
  return signed_seconds * kSecond + nanoseconds;
}

}  // namespace sheen::fuse
