// SPDX-License-Identifier: Apache-2.0
#pragma once

// The making of an inode under a name, as create, mknod, mkdir and symlink share it: permission,
// number, owner and group, setgid, ACLs and umask, striping. Lane thread; part of the current
// transaction.

#include <string>
#include <string_view>

#include "mds/directory.h"

namespace sheen::mds {

struct NewInode {
  uint32_t mode = 0;  // with type bits, as asked for
  uint32_t rdev = 0;
  std::string target;  // symbolic links
};

// `place` has no entry. kAccess, kNoSpace, kRecovering (no fid to give yet).
Result<Inode> make_inode(Mdt& mdt, const Asker& asker, Place& place, std::string_view name,
                         NewInode wanted, RealtimeNs now);

}  // namespace sheen::mds
