// SPDX-License-Identifier: Apache-2.0
//
// Fault point: mds.new_inode.before_entry (an inode without its entry must not survive).
#include "mds/new_inode.h"

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "mds/store/layout_codec.h"

namespace sheen::mds {
namespace {

void inherit_group(const Asker& asker, const Inode& directory, Inode& inode) {
  inode.gid = asker.gid();
  if ((directory.mode & S_ISGID) == 0) return;
  inode.gid = directory.gid;
  if (inode.is_directory()) {
    inode.mode |= S_ISGID;
  } else if ((inode.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
             !asker.may_keep_setgid(directory.gid)) {
    inode.mode &= ~static_cast<uint32_t>(S_ISGID);
  }
}

Status inherit_acls(Mdt& mdt, const Asker& asker, const Inode& directory, Inode& inode) {
  std::string parent_default;
  if (directory.has_default_acl) {
    SHEEN_ASSIGN(std::optional<std::string> stored,
                 mdt.store().xattrs.find(directory.fid, kAclDefaultXattr));
    if (stored) parent_default = std::move(*stored);
  }
  SHEEN_ASSIGN(const InheritedAcl inherited,
               acl_inherit(parent_default, inode.mode, asker.umask()));
  inode.mode = inherited.mode;
  if (!inherited.access_acl.empty()) {
    inode.has_access_acl = true;
    SHEEN_TRY(mdt.store().xattrs.put(inode.fid, kAclAccessXattr, inherited.access_acl));
  }
  if (!inherited.default_acl.empty()) {
    inode.has_default_acl = true;
    SHEEN_TRY(mdt.store().xattrs.put(inode.fid, kAclDefaultXattr, inherited.default_acl));
  }
  return ok();
}

Result<std::string> choose_layout(Mdt& mdt, const Inode& directory) {
  SHEEN_ASSIGN(const StripeHint own, decode_hint(directory.content));
  const StripeHint hint = mdt.with_defaults(own);
  wire::StripeComponent component;
  component.stripe_size = hint.stripe_size;
  SHEEN_ASSIGN(component.osts,
               mdt.ost_pool().choose(hint.stripe_count, component.stripe_size, hint.start_ost));
  wire::Striping striping;
  striping.components.push_back(std::move(component));
  return encode_striping(striping);
}

}  // namespace

Result<Inode> make_inode(Mdt& mdt, const Asker& asker, Place& place, std::string_view name,
                         NewInode wanted, RealtimeNs now) {
  Inode& directory = place.directory;
  SHEEN_TRY(check_access(mdt, asker, directory, kMayWrite | kMayExecute));
  SHEEN_TRY(mdt.check_space());

  Inode inode;
  inode.mode = wanted.mode;
  inode.uid = asker.uid();
  inode.nlink = inode.is_directory() ? 2 : 1;
  inode.rdev = wanted.rdev;
  inode.atime = inode.mtime = inode.ctime = inode.btime = now;
  inherit_group(asker, directory, inode);
  if (inode.is_directory()) {
    inode.parent = directory.fid;
    inode.content = directory.content;
  } else if (inode.is_symlink()) {
    inode.size = wanted.target.size();
    inode.content = std::move(wanted.target);
  } else if (inode.is_regular()) {
    SHEEN_ASSIGN(inode.content, choose_layout(mdt, directory));
  }
  SHEEN_ASSIGN(inode.fid, mdt.store().fids.next());
  if (!inode.is_symlink()) SHEEN_TRY(inherit_acls(mdt, asker, directory, inode));

  SHEEN_TRY(mdt.store().inodes.insert(inode));
  if (auto fault = SHEEN_FAULT("mds.new_inode.before_entry")) return fault->error();
  SHEEN_TRY(mdt.store().entries.insert(directory.fid, name, inode.fid, entry_type(inode.mode)));
  if (inode.is_directory()) ++directory.nlink;
  SHEEN_TRY(update_directory(mdt, directory, now));
  return inode;
}

}  // namespace sheen::mds
