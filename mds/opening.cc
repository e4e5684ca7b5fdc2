// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.open.before_update.
#include "mds/opening.h"

#include <fcntl.h>

#include "lib/base/fault.h"
#include "mds/file_state.h"

namespace sheen::mds {
namespace {

uint32_t wanted_access(uint32_t flags) {
  // O_ACCMODE's fourth value asks for both without opening for either.
  static constexpr uint32_t kByMode[] = {kMayRead, kMayWrite, kMayRead | kMayWrite,
                                         kMayRead | kMayWrite};
  uint32_t want = (flags & kOpenForExec) != 0 ? kMayExecute : kByMode[flags & O_ACCMODE];
  if ((flags & O_TRUNC) != 0) want |= kMayWrite;
  return want;
}

Status check_open(Mdt& mdt, const Asker& asker, const Inode& inode, uint32_t flags) {
  if (inode.is_symlink()) return Errc::kLoop;
  const uint32_t want = wanted_access(flags);
  if (inode.is_directory()) {
    if ((want & kMayWrite) != 0) return Errc::kIsDirectory;
    if ((want & kMayExecute) != 0) return Errc::kAccess;
  } else if ((flags & O_DIRECTORY) != 0) {
    return Errc::kNotDirectory;
  }
  SHEEN_TRY(check_access(mdt, asker, inode, want));
  if ((flags & O_NOATIME) != 0 && !asker.owns(inode)) return Errc::kPermission;
  return ok();
}

}  // namespace

Status open_inode(Mdt& mdt, const Asker& asker, Inode& inode, uint32_t flags, RealtimeNs now) {
  SHEEN_TRY(check_open(mdt, asker, inode, flags));
  if (!inode.is_regular()) return ok();
  const bool truncates = (flags & O_TRUNC) != 0;
  if (!truncates && !opens_for_write(flags)) return ok();
  if (truncates) {
    note_truncate(inode, 0, now);
    SHEEN_TRY(remove_capability(mdt, inode));
    if (!asker.privileged()) clear_setid(inode);
  }
  if (opens_for_write(flags)) note_open_for_write(inode);
  if (auto fault = SHEEN_FAULT("mds.open.before_update")) return fault->error();
  return mdt.store().inodes.update(inode);
}

}  // namespace sheen::mds
