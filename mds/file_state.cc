// SPDX-License-Identifier: Apache-2.0
#include "mds/file_state.h"

#include <algorithm>

#include "lib/base/limits.h"
#include "mds/xattr_rules.h"

namespace sheen::mds {
namespace {

// The bits of a mode that let a program run with its file's identity.
uint32_t setid_bits(uint32_t mode) {
  const bool runs_as_group = (mode & S_ISGID) != 0 && (mode & S_IXGRP) != 0;
  return (mode & S_ISUID) | (runs_as_group ? static_cast<uint32_t>(S_ISGID) : 0U);
}

}  // namespace

void note_open_for_write(Inode& inode) {
  ++inode.size_version;
  inode.size_valid = false;
}

void note_unreported_end(Inode& inode) { note_open_for_write(inode); }

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

bool written_by_others(Mdt& mdt, const Uuid& client, const Inode& inode) {
  return mdt.opens().writers(inode.fid) > mdt.opens().writers_of(client, inode.fid);
}

void drop_new_setid(Mdt& mdt, const Uuid& client, Inode& inode, uint32_t before) {
  const uint32_t added = setid_bits(inode.mode) & ~setid_bits(before);
  if (added == 0 || !inode.is_regular() || !written_by_others(mdt, client, inode)) return;
  inode.mode &= ~added;
}

bool clear_setid(Inode& inode) {
  const uint32_t drop = setid_bits(inode.mode);
  inode.mode &= ~drop;
  return drop != 0;
}

Result<bool> remove_capability(Mdt& mdt, Inode& inode) {
  if (!inode.has_capability) return false;
  SHEEN_TRY(mdt.store().xattrs.erase(inode.fid, kCapabilityXattr));
  inode.has_capability = false;
  return true;
}

}  // namespace sheen::mds
