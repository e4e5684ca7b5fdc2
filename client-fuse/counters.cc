// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/counters.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sheen::fuse {
namespace {

constexpr size_t kLineBytes = 300;

constexpr std::pair<uint32_t, std::string_view> kNames[] = {
    {0, "UNKNOWN"},
    {uapi::kLookup, "LOOKUP"},
    {uapi::kForget, "FORGET"},
    {uapi::kGetattr, "GETATTR"},
    {uapi::kSetattr, "SETATTR"},
    {uapi::kReadlink, "READLINK"},
    {uapi::kSymlink, "SYMLINK"},
    {uapi::kMknod, "MKNOD"},
    {uapi::kMkdir, "MKDIR"},
    {uapi::kUnlink, "UNLINK"},
    {uapi::kRmdir, "RMDIR"},
    {uapi::kRename, "RENAME"},
    {uapi::kLink, "LINK"},
    {uapi::kOpen, "OPEN"},
    {uapi::kRead, "READ"},
    {uapi::kWrite, "WRITE"},
    {uapi::kStatfs, "STATFS"},
    {uapi::kRelease, "RELEASE"},
    {uapi::kFsync, "FSYNC"},
    {uapi::kSetxattr, "SETXATTR"},
    {uapi::kGetxattr, "GETXATTR"},
    {uapi::kListxattr, "LISTXATTR"},
    {uapi::kRemovexattr, "REMOVEXATTR"},
    {uapi::kFlush, "FLUSH"},
    {uapi::kInit, "INIT"},
    {uapi::kOpendir, "OPENDIR"},
    {uapi::kReaddir, "READDIR"},
    {uapi::kReleasedir, "RELEASEDIR"},
    {uapi::kFsyncdir, "FSYNCDIR"},
    {uapi::kGetlk, "GETLK"},
    {uapi::kSetlk, "SETLK"},
    {uapi::kSetlkw, "SETLKW"},
    {uapi::kAccess, "ACCESS"},
    {uapi::kCreate, "CREATE"},
    {uapi::kInterrupt, "INTERRUPT"},
    {uapi::kIoctl, "IOCTL"},
    {uapi::kPoll, "POLL"},
    {uapi::kBatchForget, "BATCH_FORGET"},
    {uapi::kFallocate, "FALLOCATE"},
    {uapi::kReaddirplus, "READDIRPLUS"},
    {uapi::kRename2, "RENAME2"},
    {uapi::kLseek, "LSEEK"},
    {uapi::kCopyFileRange, "COPY_FILE_RANGE"},
    {uapi::kTmpfile, "TMPFILE"},
    {uapi::kStatx, "STATX"},
    {uapi::kCopyFileRange64, "COPY_FILE_RANGE_64"},
};

}  // namespace

std::vector<std::string> Counters::to_lines() const {
  std::vector<std::string> lines(1);
  for (const auto& [opcode, name] : kNames) {
    if (lines.back().size() > kLineBytes) lines.emplace_back();
    lines.back() +=
        fmt::format("{}{}={}", lines.back().empty() ? "" : " ", name, requests_[opcode]);
  }
  lines.push_back(fmt::format("read_bytes={} written_bytes={}", read_bytes_, written_bytes_));
  return lines;
}

}  // namespace sheen::fuse
