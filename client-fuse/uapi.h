// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parts of the kernel's FUSE protocol (include/uapi/linux/fuse.h) that libfuse 3.14 hides or
// does not know. Own copies: the kernel that runs is newer than the headers we are built with.
// Plain values in the kernel's layout, with Linux's names for the bits. Any thread.

#include <cstdint>

namespace sheen::fuse::uapi {

struct InHeader {
  uint32_t len;
  uint32_t opcode;
  uint64_t unique;
  uint64_t nodeid;
  uint32_t uid;
  uint32_t gid;
  uint32_t pid;
  uint16_t total_extlen;  // of extensions, in units of 8 bytes
  uint16_t padding;
};
static_assert(sizeof(InHeader) == 40);

struct OutHeader {
  uint32_t len;
  int32_t error;
  uint64_t unique;  // 0: a notification
};
static_assert(sizeof(OutHeader) == 16);

enum Opcode : uint32_t {
  kLookup = 1,
  kForget = 2,
  kGetattr = 3,
  kSetattr = 4,
  kReadlink = 5,
  kSymlink = 6,
  kMknod = 8,
  kMkdir = 9,
  kUnlink = 10,
  kRmdir = 11,
  kRename = 12,
  kLink = 13,
  kOpen = 14,
  kRead = 15,
  kWrite = 16,
  kStatfs = 17,
  kRelease = 18,
  kFsync = 20,
  kSetxattr = 21,
  kGetxattr = 22,
  kListxattr = 23,
  kRemovexattr = 24,
  kFlush = 25,
  kInit = 26,
  kOpendir = 27,
  kReaddir = 28,
  kReleasedir = 29,
  kFsyncdir = 30,
  kGetlk = 31,
  kSetlk = 32,
  kSetlkw = 33,
  kAccess = 34,
  kCreate = 35,
  kInterrupt = 36,
  kBmap = 37,
  kDestroy = 38,
  kIoctl = 39,
  kPoll = 40,
  kNotifyReply = 41,
  kBatchForget = 42,
  kFallocate = 43,
  kReaddirplus = 44,
  kRename2 = 45,
  kLseek = 46,
  kCopyFileRange = 47,
  kSetupmapping = 48,
  kRemovemapping = 49,
  kSyncfs = 50,
  kTmpfile = 51,
  kStatx = 52,
  kCopyFileRange64 = 53,
  kOpcodeEnd,
};

struct InitIn {
  uint32_t major;
  uint32_t minor;
  uint32_t max_readahead;
  uint32_t flags;
  uint32_t flags2;  // only with kInitExt in flags
  uint32_t unused[11];
};
static_assert(sizeof(InitIn) == 64);

struct InitOut {
  uint32_t major;
  uint32_t minor;
  uint32_t max_readahead;
  uint32_t flags;
  uint16_t max_background;
  uint16_t congestion_threshold;
  uint32_t max_write;
  uint32_t time_gran;
  uint16_t max_pages;
  uint16_t map_alignment;
  uint32_t flags2;  // only with kInitExt in flags
  uint32_t unused[7];
};
static_assert(sizeof(InitOut) == 64);

// INIT flags; those above bit 31 travel in flags2.
inline constexpr uint64_t kParallelDirops = uint64_t{1} << 18;
inline constexpr uint64_t kHandleKillprivV2 = uint64_t{1} << 28;
inline constexpr uint64_t kSetxattrExt = uint64_t{1} << 29;
inline constexpr uint64_t kInitExt = uint64_t{1} << 30;
inline constexpr uint64_t kDirectIoAllowMmap = uint64_t{1} << 36;

struct SetattrIn {
  uint32_t valid;
  uint32_t padding;
  uint64_t fh;
  uint64_t size;
  uint64_t lock_owner;
  uint64_t atime;
  uint64_t mtime;
  uint64_t ctime;
  uint32_t atimensec;
  uint32_t mtimensec;
  uint32_t ctimensec;
  uint32_t mode;
  uint32_t unused4;
  uint32_t uid;
  uint32_t gid;
  uint32_t unused5;
};
static_assert(sizeof(SetattrIn) == 88);

enum FattrBits : uint32_t {
  kFattrMode = 1U << 0,
  kFattrUid = 1U << 1,
  kFattrGid = 1U << 2,
  kFattrSize = 1U << 3,
  kFattrAtime = 1U << 4,
  kFattrMtime = 1U << 5,
  kFattrFh = 1U << 6,
  kFattrAtimeNow = 1U << 7,
  kFattrMtimeNow = 1U << 8,
  kFattrLockowner = 1U << 9,
  kFattrCtime = 1U << 10,
  kFattrKillSuidgid = 1U << 11,
};

struct WriteIn {
  uint64_t fh;
  uint64_t offset;
  uint32_t size;
  uint32_t write_flags;
  uint64_t lock_owner;
  uint32_t flags;
  uint32_t padding;
};
static_assert(sizeof(WriteIn) == 40);

enum WriteFlags : uint32_t {
  kWriteCache = 1U << 0,
  kWriteLockowner = 1U << 1,
  kWriteKillSuidgid = 1U << 2,
};

// With kSetxattrExt agreed on; without it the last two fields are missing.
struct SetxattrIn {
  uint32_t size;
  uint32_t flags;
  uint32_t setxattr_flags;
  uint32_t padding;
};
static_assert(sizeof(SetxattrIn) == 16);
inline constexpr uint32_t kSetxattrInCompatBytes = 8;
inline constexpr uint32_t kSetxattrAclKillSgid = 1U << 0;

struct OpenOut {
  uint64_t fh;
  uint32_t open_flags;
  uint32_t padding;
};
static_assert(sizeof(OpenOut) == 16);

inline constexpr uint32_t kFopenParallelDirectWrites = 1U << 6;

}  // namespace sheen::fuse::uapi
