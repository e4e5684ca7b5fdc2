// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inode: a row of the table `inode` as a plain value. Whoever reads one may change it at will;
// nothing happens until InodeTable::update().

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/ids.h"

namespace sheen::mds {

struct Inode {
  Fid fid;
  uint32_t mode = 0;  // type and permissions, as st_mode
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t nlink = 0;  // directories: 2 and one for each subdirectory
  uint32_t rdev = 0;
  uint64_t size = 0;  // regular files: the truth only while size_valid
  uint64_t blocks = 0;
  RealtimeNs atime = 0;
  RealtimeNs mtime = 0;
  RealtimeNs ctime = 0;
  RealtimeNs btime = 0;
  bool size_valid = true;
  bool has_capability = false;   // there is a security.capability
  bool has_access_acl = false;   // there is a system.posix_acl_access
  bool has_default_acl = false;  // there is a system.posix_acl_default
  uint64_t size_version = 0;
  Fid parent;  // directories only
  // By type: a regular file's layout and a directory's default striping (layout_codec.h; empty:
  // none), a symbolic link's target.
  std::string content;

  bool is_directory() const { return S_ISDIR(mode); }
  bool is_regular() const { return S_ISREG(mode); }
  bool is_symlink() const { return S_ISLNK(mode); }
};

}  // namespace sheen::mds
