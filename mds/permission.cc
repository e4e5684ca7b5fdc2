// SPDX-License-Identifier: Apache-2.0
#include "mds/permission.h"

#include "lib/base/limits.h"
#include "mds/mdt.h"

namespace sheen::mds {

Result<Asker> Asker::from(const wire::Credentials* cred) {
  if (cred == nullptr) return Error(Errc::kBadRequest, "no credentials");
  Asker asker;
  asker.uid_ = cred->uid();
  asker.gid_ = cred->gid();
  asker.umask_ = cred->umask() & 0777;
  asker.privileged_ = cred->privileged();
  if (const auto* groups = cred->groups()) {
    if (groups->size() > kGroupsMax) return Error(Errc::kBadRequest, "too many groups");
    asker.groups_.reserve(groups->size());
    for (const uint32_t group : *groups) asker.groups_.push_back(group);
  }
  return asker;
}

Status check_access(Mdt& mdt, const Asker& asker, const Inode& inode, uint32_t want) {
  std::string acl;
  if (inode.has_access_acl) {
    SHEEN_ASSIGN(std::optional<std::string> stored,
                 mdt.store().xattrs.find(inode.fid, kAclAccessXattr));
    if (stored) acl = std::move(*stored);
  }
  return check_permission(asker.caller(), {inode.mode, inode.uid, inode.gid, acl}, want);
}

Status check_may_delete(Mdt& mdt, const Asker& asker, const Inode& directory, const Inode& victim) {
  SHEEN_TRY(check_access(mdt, asker, directory, kMayWrite | kMayExecute));
  if ((directory.mode & S_ISVTX) != 0 && !asker.owns(victim) && !asker.owns(directory))
    return Errc::kPermission;
  return ok();
}

}  // namespace sheen::mds
