// SPDX-License-Identifier: Apache-2.0
#pragma once

// POSIX access control lists in the form of Linux's system.posix_acl_access and
// system.posix_acl_default (struct posix_acl_xattr_header, version 2, little-endian), with the
// rules of fs/posix_acl.c. Pure functions over values; any thread.
//
// The MDT stores an ACL as the xattr's bytes. An ACL that says no more than the mode does is not
// stored. Removing an ACL that is not there succeeds, and removing the access ACL leaves the mode.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace sheen::mds {

inline constexpr std::string_view kAclAccessXattr = "system.posix_acl_access";
inline constexpr std::string_view kAclDefaultXattr = "system.posix_acl_default";

enum class AclTag : uint16_t {  // ACL_USER_OBJ and so on
  kUserObj = 0x01,
  kUser = 0x02,
  kGroupObj = 0x04,
  kGroup = 0x08,
  kMask = 0x10,
  kOther = 0x20,
};

// Permission bits, as in a mode's last three bits and as access(2)'s.
inline constexpr uint32_t kMayExecute = 1;
inline constexpr uint32_t kMayWrite = 2;
inline constexpr uint32_t kMayRead = 4;

struct AclEntry {
  AclTag tag{};
  uint16_t permissions = 0;
  uint32_t id = UINT32_MAX;  // kUser, kGroup; otherwise ACL_UNDEFINED_ID
  bool operator==(const AclEntry&) const = default;
};

// Valid by construction: parse() is the only way to get one from foreign bytes.
class Acl {
 public:
  // Absent: the value is an ACL without entries (or no bytes at all), which means "remove".
  // kInvalid: malformed or not a valid ACL (posix_acl_valid). kNotSupported: another version.
  static Result<std::optional<Acl>> parse(std::string_view xattr_value);
  std::string encode() const;
  std::span<const AclEntry> entries() const { return entries_; }

  // The permission bits of `mode` (low nine) that say the same; the mask counts as the group's.
  uint32_t mode_bits() const;
  // True if mode_bits() says everything: nothing need be stored.
  bool equivalent_to_mode() const;
  // posix_acl_chmod: the ACL after chmod(mode).
  Acl after_chmod(uint32_t mode) const;

 private:
  std::vector<AclEntry> entries_;
};

// Who asks. `groups` must outlive the value.
struct Caller {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::span<const uint32_t> groups;
  bool privileged = false;
  bool in_group(uint32_t group) const;
};

// What is asked for. `mode` with type bits. `access_acl`: the xattr's stored bytes, empty: none.
struct Guarded {
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string_view access_acl;
};

// generic_permission(): `want` of kMayRead | kMayWrite | kMayExecute; 0 is always granted.
// kAccess if refused; kCorrupt if the stored ACL does not parse.
Status check_permission(const Caller& caller, const Guarded& object, uint32_t want);

// What a new inode gets (posix_acl_create). Empty strings: no such ACL.
struct InheritedAcl {
  uint32_t mode = 0;  // with type bits; the umask is applied unless there is a default ACL
  std::string access_acl;
  std::string default_acl;  // directories only
};
Result<InheritedAcl> acl_inherit(std::string_view parent_default_acl, uint32_t mode,
                                 uint32_t umask);

// chmod(mode) on an inode with an access ACL: the bytes to store from now on.
Result<std::string> acl_chmod(std::string_view access_acl, uint32_t mode);

// setxattr of an access ACL: what to store (empty: nothing, remove the old one) and the new mode.
// Clearing setgid (clear_sgid in the request, or a caller outside of the group without privilege)
// is the operation's business. `mode` keeps its bits if the ACL is being removed.
struct AccessAclChange {
  std::string stored;
  uint32_t mode = 0;
};
Result<AccessAclChange> acl_set_access(std::string_view value, uint32_t mode);

// setxattr of a default ACL: what to store (empty: remove). kAccess unless `mode` is a directory's
// (removing is fine anywhere).
Result<std::string> acl_set_default(std::string_view value, uint32_t mode);

}  // namespace sheen::mds
