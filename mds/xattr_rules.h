// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which extended attributes there are and who may touch them: fs/xattr.c, the handlers of ext4 and
// security/commoncap.c. POSIX ACLs have rules of their own (acl.h). Lane thread.

#include <string_view>

#include "mds/permission.h"

namespace sheen::mds {

inline constexpr std::string_view kCapabilityXattr = "security.capability";

bool is_acl_xattr(std::string_view name);

// kRange: empty or too long. kNotSupported: no such name space. kInvalid: nothing behind the
// prefix.
Status check_xattr_name(std::string_view name);

// Of names other than the ACLs'. Hidden attributes are kNoData to a reader.
Status check_xattr_read(Mdt& mdt, const Asker& asker, const Inode& inode, std::string_view name);
Status check_xattr_write(Mdt& mdt, const Asker& asker, const Inode& inode, std::string_view name);

// ACLs: the owner may change them (kPermission); symbolic links have none (kNotSupported).
Status check_acl_write(const Asker& asker, const Inode& inode);

// The names that the asker may see.
std::string visible_names(const Asker& asker, const std::string& names);

}  // namespace sheen::mds
