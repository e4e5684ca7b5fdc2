// SPDX-License-Identifier: Apache-2.0
#include "mds/xattr_rules.h"

#include "lib/base/limits.h"
#include "mds/mdt.h"

namespace sheen::mds {
namespace {

constexpr std::string_view kUser = "user.";
constexpr std::string_view kTrusted = "trusted.";
constexpr std::string_view kSecurity = "security.";

}  // namespace

bool is_acl_xattr(std::string_view name) {
  return name == kAclAccessXattr || name == kAclDefaultXattr;
}

Status check_xattr_name(std::string_view name) {
  if (name.empty() || name.size() > kXattrNameMax) return Errc::kRange;
  if (name.find('\0') != name.npos) return Errc::kInvalid;
  if (is_acl_xattr(name)) return ok();
  for (const std::string_view prefix : {kUser, kTrusted, kSecurity}) {
    if (!name.starts_with(prefix)) continue;
    return name.size() > prefix.size() ? ok() : Status(Errc::kInvalid);
  }
  return Errc::kNotSupported;
}

Status check_xattr_read(Mdt& mdt, const Asker& asker, const Inode& inode, std::string_view name) {
  if (name.starts_with(kTrusted)) return asker.privileged() ? ok() : Status(Errc::kNoData);
  if (!name.starts_with(kUser)) return ok();
  if (!inode.is_regular() && !inode.is_directory()) return Errc::kNoData;
  return check_access(mdt, asker, inode, kMayRead);
}

Status check_xattr_write(Mdt& mdt, const Asker& asker, const Inode& inode, std::string_view name) {
  if (!name.starts_with(kUser)) return asker.privileged() ? ok() : Status(Errc::kPermission);
  // Anybody may write to a socket or a sticky /tmp; that must not fill the disk with attributes.
  if (!inode.is_regular() && !inode.is_directory()) return Errc::kPermission;
  if (inode.is_directory() && (inode.mode & S_ISVTX) != 0 && !asker.owns(inode))
    return Errc::kPermission;
  return check_access(mdt, asker, inode, kMayWrite);
}

Status check_acl_write(const Asker& asker, const Inode& inode) {
  if (inode.is_symlink()) return Errc::kNotSupported;
  return asker.owns(inode) ? ok() : Status(Errc::kPermission);
}

std::string visible_names(const Asker& asker, const std::string& names) {
  if (asker.privileged()) return names;
  std::string visible;
  for (size_t at = 0; at < names.size();) {
    const std::string_view name(names.c_str() + at);
    if (!name.starts_with(kTrusted)) visible.append(name).push_back('\0');
    at += name.size() + 1;
  }
  return visible;
}

}  // namespace sheen::mds
