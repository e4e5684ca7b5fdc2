// SPDX-License-Identifier: Apache-2.0
#pragma once

// A path of a Sheen mount and the mount's virtual attributes on it (client-fuse/virtual_xattr.h).
// Calls may wait for servers, as any access to the mount does. Any thread.

#include <string>

#include "cli/json.h"
#include "cli/mounts.h"
#include "cli/outcome.h"

namespace sheen::cli {

struct LayoutPath {
  std::string path;       // as given
  std::string real_path;  // absolute; the last component may be a symbolic link
  Mount mount;
  uint64_t inode = 0;  // the fid
  uint32_t mode = 0;   // type and permissions
};

// Complains if it does not exist or is not on a Sheen mount. Does not follow a link at the end.
Outcome<LayoutPath> find_layout_path(const std::string& path);
// The same for one that does not exist yet: its directory counts.
Outcome<Mount> mount_of_parent(const std::string& path);

inline constexpr const char* kLayoutXattr = "sheen.layout";
inline constexpr const char* kDefaultLayoutXattr = "sheen.default_layout";

// JSON from a virtual attribute.
Outcome<Json> get_layout(const std::string& path, const char* xattr);

struct StripeHint {
  std::string count;  // as typed; empty: not said
  std::string size;
  std::string start;
  bool empty() const { return count.empty() && size.empty() && start.empty(); }
  std::string to_string() const;  // "count=4,size=1M,start=0"
};
// kExitUsage, naming what is accepted, for what the mount would refuse.
Outcome<void> check_hint(const StripeHint& hint);
// kExitUsage as well for OSTs that are not there.
Outcome<void> set_layout(const std::string& path, const char* xattr, const StripeHint& hint);
// A directory's own default goes; what it inherits counts again.
Outcome<void> remove_default_layout(const std::string& path);

}  // namespace sheen::cli
