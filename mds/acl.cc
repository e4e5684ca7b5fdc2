// SPDX-License-Identifier: Apache-2.0
#include "mds/acl.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "lib/base/limits.h"

namespace sheen::mds {
namespace {

constexpr uint32_t kXattrVersion = 2;  // POSIX_ACL_XATTR_VERSION
constexpr size_t kHeaderBytes = 4;
constexpr size_t kEntryBytes = 8;
constexpr uint32_t kAllBits = 07;
constexpr uint32_t kModeBits = 0777;

uint32_t get_le(std::string_view bytes, size_t offset, size_t width) {
  uint32_t out = 0;
  for (size_t i = width; i-- > 0;) out = out << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return out;
}

void put_le(std::string& out, uint32_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

bool is_named(AclTag tag) { return tag == AclTag::kUser || tag == AclTag::kGroup; }

Error invalid(std::string detail) { return {Errc::kInvalid, std::move(detail)}; }

// posix_acl_valid(): the owner, named users, the group, named groups, a mask (which named entries
// need), the others; in this order and nothing twice but named entries.
Status check(std::span<const AclEntry> entries) {
  AclTag last{};
  bool named = false;
  bool mask = false;
  bool owner = false;
  bool group = false;
  bool other = false;
  for (const AclEntry& e : entries) {
    if ((e.permissions & ~kAllBits) != 0) return invalid("ACL permissions beyond rwx");
    switch (e.tag) {
      case AclTag::kUserObj: owner = true; break;
      case AclTag::kGroupObj: group = true; break;
      case AclTag::kMask: mask = true; break;
      case AclTag::kOther: other = true; break;
      case AclTag::kUser:
      case AclTag::kGroup:
        if (e.id == UINT32_MAX) return invalid("a named ACL entry without an id");
        named = true;
        break;
      default: return invalid("an unknown ACL tag");
    }
    const bool repeated = e.tag == last && !is_named(e.tag);
    if (e.tag < last || repeated) return invalid("ACL entries out of order");
    last = e.tag;
  }
  if (!owner || !group || !other) return invalid("an ACL needs owner, group and other entries");
  if (named && !mask) return invalid("an ACL with named entries needs a mask");
  return ok();
}

const AclEntry* find(std::span<const AclEntry> entries, AclTag tag) {
  const auto it = std::ranges::find(entries, tag, &AclEntry::tag);
  return it == entries.end() ? nullptr : &*it;
}

bool grants(uint32_t permissions, uint32_t want) { return (permissions & want) == want; }

// posix_acl_permission().
bool acl_grants(const Acl& acl, const Caller& caller, const Guarded& object, uint32_t want) {
  const AclEntry* mask = find(acl.entries(), AclTag::kMask);
  const uint32_t limit = mask != nullptr ? mask->permissions : kAllBits;
  bool in_some_group = false;
  for (const AclEntry& e : acl.entries()) {
    switch (e.tag) {
      case AclTag::kUserObj:
        if (caller.uid == object.uid) return grants(e.permissions, want);
        break;
      case AclTag::kUser:
        if (caller.uid == e.id) return grants(e.permissions & limit, want);
        break;
      case AclTag::kGroupObj:
      case AclTag::kGroup:
        if (caller.in_group(e.tag == AclTag::kGroupObj ? object.gid : e.id)) {
          in_some_group = true;
          if (grants(e.permissions, want)) return grants(e.permissions & limit, want);
        }
        break;
      case AclTag::kMask: break;
      case AclTag::kOther: return !in_some_group && grants(e.permissions, want);
    }
  }
  return false;
}

// acl_permission_check().
Result<bool> discretionary(const Caller& caller, const Guarded& object, uint32_t want) {
  if (caller.uid == object.uid) return grants(object.mode >> 6 & kAllBits, want);
  // Without group bits the mask is empty, and Linux does not look at the ACL then.
  if (!object.access_acl.empty() && (object.mode & S_IRWXG) != 0) {
    auto acl = Acl::parse(object.access_acl);
    if (!acl) return Error(Errc::kCorrupt, "the stored access ACL");
    if (*acl) return acl_grants(**acl, caller, object, want);
  }
  if (caller.in_group(object.gid)) return grants(object.mode >> 3 & kAllBits, want);
  return grants(object.mode & kAllBits, want);
}

uint32_t with_bits(uint32_t mode, uint32_t bits) { return (mode & ~kModeBits) | bits; }

Result<Acl> parse_stored(std::string_view bytes) {
  auto acl = Acl::parse(bytes);
  if (!acl || !*acl) return Error(Errc::kCorrupt, "a stored ACL");
  return std::move(**acl);
}

}  // namespace

Result<std::optional<Acl>> Acl::parse(std::string_view value) {
  if (value.empty()) return std::optional<Acl>{};
  if (value.size() < kHeaderBytes || value.size() > kXattrValueMax)
    return invalid("an ACL of a wrong length");
  if (get_le(value, 0, 4) != kXattrVersion)
    return Error(Errc::kNotSupported, "an ACL of another version than 2");
  if ((value.size() - kHeaderBytes) % kEntryBytes != 0) return invalid("an ACL of a wrong length");
  Acl acl;
  for (size_t at = kHeaderBytes; at < value.size(); at += kEntryBytes) {
    AclEntry entry{static_cast<AclTag>(get_le(value, at, 2)),
                   static_cast<uint16_t>(get_le(value, at + 2, 2)), get_le(value, at + 4, 4)};
    if (!is_named(entry.tag)) entry.id = UINT32_MAX;  // undefined, so not kept
    acl.entries_.push_back(entry);
  }
  if (acl.entries_.empty()) return std::optional<Acl>{};
  SHEEN_TRY(check(acl.entries_));
  return std::optional<Acl>(std::move(acl));
}

std::string Acl::encode() const {
  std::string out;
  out.reserve(kHeaderBytes + entries_.size() * kEntryBytes);
  put_le(out, kXattrVersion, 4);
  for (const AclEntry& e : entries_) {
    put_le(out, static_cast<uint16_t>(e.tag), 2);
    put_le(out, e.permissions, 2);
    put_le(out, e.id, 4);
  }
  return out;
}

uint32_t Acl::mode_bits() const {
  const AclEntry* group = find(entries_, AclTag::kMask);
  if (group == nullptr) group = find(entries_, AclTag::kGroupObj);
  return uint32_t{find(entries_, AclTag::kUserObj)->permissions} << 6 |
         uint32_t{group->permissions} << 3 | find(entries_, AclTag::kOther)->permissions;
}

bool Acl::equivalent_to_mode() const {
  return std::ranges::none_of(
      entries_, [](const AclEntry& e) { return is_named(e.tag) || e.tag == AclTag::kMask; });
}

Acl Acl::after_chmod(uint32_t mode) const {
  Acl out = *this;
  const AclTag group = find(entries_, AclTag::kMask) != nullptr ? AclTag::kMask : AclTag::kGroupObj;
  for (AclEntry& e : out.entries_) {
    if (e.tag == AclTag::kUserObj) e.permissions = static_cast<uint16_t>(mode >> 6 & kAllBits);
    if (e.tag == group) e.permissions = static_cast<uint16_t>(mode >> 3 & kAllBits);
    if (e.tag == AclTag::kOther) e.permissions = static_cast<uint16_t>(mode & kAllBits);
  }
  return out;
}

bool Caller::in_group(uint32_t group) const {
  return group == gid || std::ranges::find(groups, group) != groups.end();
}

Status check_permission(const Caller& caller, const Guarded& object, uint32_t want) {
  SHEEN_ASSIGN(const bool granted, discretionary(caller, object, want));
  if (granted) return ok();
  if (caller.privileged) {
    // CAP_DAC_OVERRIDE: everything but executing what nobody may execute.
    const bool runnable = (object.mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    if (S_ISDIR(object.mode) || (want & kMayExecute) == 0 || runnable) return ok();
  }
  return Errc::kAccess;
}

Result<InheritedAcl> acl_inherit(std::string_view parent_default_acl, uint32_t mode,
                                 uint32_t umask) {
  InheritedAcl out;
  if (parent_default_acl.empty() || S_ISLNK(mode)) {
    out.mode = S_ISLNK(mode) ? mode : mode & ~(umask & kModeBits);
    return out;
  }
  SHEEN_ASSIGN(const Acl acl, parse_stored(parent_default_acl));
  // Both sides give up what the other does not grant; named entries stay under the mask.
  const uint32_t bits = mode & acl.mode_bits() & kModeBits;
  out.mode = with_bits(mode, bits);
  if (!acl.equivalent_to_mode()) out.access_acl = acl.after_chmod(bits).encode();
  if (S_ISDIR(mode)) out.default_acl = std::string(parent_default_acl);
  return out;
}

Result<std::string> acl_chmod(std::string_view access_acl, uint32_t mode) {
  SHEEN_ASSIGN(const Acl acl, parse_stored(access_acl));
  return acl.after_chmod(mode).encode();
}

Result<AccessAclChange> acl_set_access(std::string_view value, uint32_t mode) {
  if (S_ISLNK(mode)) return Error(Errc::kNotSupported, "a symbolic link has no ACL");
  SHEEN_ASSIGN(const std::optional<Acl> acl, Acl::parse(value));
  AccessAclChange out{{}, mode};
  if (!acl) return out;
  out.mode = with_bits(mode, acl->mode_bits());
  if (!acl->equivalent_to_mode()) out.stored = acl->encode();
  return out;
}

Result<std::string> acl_set_default(std::string_view value, uint32_t mode) {
  if (S_ISLNK(mode)) return Error(Errc::kNotSupported, "a symbolic link has no ACL");
  SHEEN_ASSIGN(const std::optional<Acl> acl, Acl::parse(value));
  if (!acl) return std::string{};
  if (!S_ISDIR(mode)) return Error(Errc::kAccess, "only a directory has a default ACL");
  return acl->encode();
}

}  // namespace sheen::mds
