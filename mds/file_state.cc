// SPDX-License-Identifier: Apache-2.0
#include "mds/file_state.h"

#include <algorithm>

#include "lib/base/limits.h"
#include "mds/xattr_rules.h"

namespace sheen::mds {

void note_open_for_write(Inode& inode) {
  ++inode.size_version;
  inode.size_valid = false;
}

bool note_truncate(Inode& inode, uint64_t size, RealtimeNs now) {
  inode.mtime = inode.ctime = now;
  if (inode.size_valid && inode.size == 0 && inode.blocks == 0 && size == 0) return false;
  ++inode.size_version;
  inode.size_valid = false;
  inode.size = size;
  return true;
}

bool take_report(Mdt& mdt, Inode& inode, const wire::SizeReport* report, bool closing_writer) {
  if (report == nullptr || !inode.is_regular() || inode.size_valid) return false;
  if (report->size_version() != inode.size_version || report->size() > kFileSizeMax) return false;
  if (mdt.opens().writers(inode.fid) > (closing_writer ? 1U : 0U)) return false;
  if (mdt.env().recovering()) return false;
  inode.size_valid = true;
  inode.size = report->size();
  inode.blocks = report->blocks();
  if (report->mtime() != 0) inode.mtime = report->mtime();
  // A write moves ctime as well; a chmod after it must not be undone.
  inode.ctime = std::max(inode.ctime, report->ctime());
  return true;
}

bool clear_setid(Inode& inode) {
  uint32_t drop = S_ISUID;
  if ((inode.mode & S_IXGRP) != 0) drop |= S_ISGID;
  const bool changed = (inode.mode & drop) != 0;
  inode.mode &= ~drop;
  return changed;
}

Result<bool> remove_capability(Mdt& mdt, Inode& inode) {
  if (!inode.has_capability) return false;
  SHEEN_TRY(mdt.store().xattrs.erase(inode.fid, kCapabilityXattr));
  inode.has_capability = false;
  return true;
}

}  // namespace sheen::mds
