// SPDX-License-Identifier: Apache-2.0
#pragma once

// What goes into and comes out of the client's calls: plain values, in POSIX's terms. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/function.h"
#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/wire/codec.h"
#include "lib/wire/striping.h"

namespace sheen::client {

// Called exactly once, in the client's step() or before the call returns; dropped without a call
// if the client is destroyed first. It may make further calls, and must not destroy the client.
template <class T>
using Done = UniqueFunction<void(Result<T>)>;

// On whose behalf a call is made.
struct Caller {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // supplementary
  bool privileged = false;       // root's capabilities
  uint32_t umask = 0;  // used by create, mknod and mkdir unless a default ACL says otherwise
  uint32_t pid = 0;
};

// As stat(2). What the calls hand out is resolved: size, blocks and mtime are those of the objects
// where the MDT did not know them.
struct Attr {
  Fid fid;
  uint32_t mode = 0;
  uint32_t nlink = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t rdev = 0;  // Linux's new_encode_dev
  uint64_t size = 0;
  uint64_t blocks = 0;  // of 512 bytes
  RealtimeNs atime = 0;
  RealtimeNs mtime = 0;
  RealtimeNs ctime = 0;
  RealtimeNs btime = 0;
  bool size_valid = true;  // as the MDT said
  uint64_t size_version = 0;
  bool has_capability = false;
  Fid parent;  // directories only

  static Attr from(const wire::Attr* attr);  // null: all zero
};

// Names an open file of this client.
using Handle = uint64_t;

struct Opened {
  Handle handle = 0;
  Attr attr;
  bool created = false;
};

// What setattr is to change: wire::SetAttrValid bits and the values they name. kSetAtimeNow and
// kSetMtimeNow go with kSetAtime and kSetMtime; kSetKillSuidgid may be added to any.
struct SetAttr {
  uint32_t valid = 0;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t size = 0;
  RealtimeNs atime = 0;
  RealtimeNs mtime = 0;
};

// The bytes read, in order; shorter than asked for only at the end of the file. Holes may be many
// Buffers over the same zeros.
struct ReadResult {
  std::vector<Buffer> buffers;
  size_t size() const {
    size_t sum = 0;
    for (const Buffer& b : buffers) sum += b.size();
    return sum;
  }
};

struct WriteOptions {
  bool append = false;      // the offset is not used; never for pages of a mapping
  bool sync = false;        // O_SYNC, O_DSYNC: durable before the answer
  bool kill_setid = false;  // the writer may not keep setuid and setgid; capabilities go anyway
};

struct DirEntry {
  uint64_t cookie = 0;  // readdir goes on behind it
  std::string name;
  Fid fid;
  uint8_t type = 0;          // DT_REG and its kind
  std::optional<Attr> attr;  // if asked for; absent if the entry went away meanwhile
};

// "." and ".." are not among the entries; `parent` is what ".." names.
struct DirPage {
  std::vector<DirEntry> entries;
  bool end = false;
  Fid parent;
};

// As statvfs(3): space is the OSTs', inodes are the MDTs'.
struct FsStat {
  uint64_t bytes_total = 0;
  uint64_t bytes_free = 0;
  uint64_t bytes_available = 0;
  uint64_t inodes_total = 0;
  uint64_t inodes_free = 0;
  bool read_only = false;
  uint32_t targets_missing = 0;  // targets that did not answer in time and are not counted
};

// A byte range, ends inclusive (UINT64_MAX: to the end), as fcntl(2) and flock(2) use it.
struct FileLock {
  uint64_t start = 0;
  uint64_t end = UINT64_MAX;
  int type = 0;  // F_RDLCK, F_WRLCK, F_UNLCK
  uint64_t owner = 0;
  uint32_t pid = 0;
  bool flock = false;
};

// Names a waiting lock request, for cancel_lock().
using LockWait = uint64_t;

struct LayoutHint {
  int32_t stripe_count = 0;  // 0: not said; -1: all OSTs
  uint32_t stripe_size = 0;  // 0: not said
  int32_t start_ost = -1;    // -1: the MDT chooses
};

struct StripeInfo {
  Attr attr;
  wire::Striping striping;         // files
  std::optional<LayoutHint> hint;  // directories: the default for new files
  bool inherited = false;          // the hint is not the directory's own
};

// One line of "who do we talk to", for people.
struct ImportStatus {
  std::string label;
  std::string state;
  std::string address;
  uint64_t epoch = 0;
  uint64_t reconnects = 0;
  uint64_t in_flight = 0;
};

}  // namespace sheen::client
