// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who asks and what they may do: the MDT's second look after the client's kernel, with Linux's
// rules and errnos (fs/namei.c, fs/attr.c). `privileged` stands for root's capabilities. Lane
// thread.

#include <vector>

#include "lib/wire/codec.h"
#include "mds/acl.h"
#include "mds/store/inode.h"

namespace sheen::mds {

class Mdt;

// The credentials of a request, copied out of it.
class Asker {
 public:
  // kBadRequest: there are none.
  static Result<Asker> from(const wire::Credentials* cred);

  uint32_t uid() const { return uid_; }
  uint32_t gid() const { return gid_; }
  uint32_t umask() const { return umask_; }
  bool privileged() const { return privileged_; }
  Caller caller() const { return {uid_, gid_, groups_, privileged_}; }
  bool owns(const Inode& inode) const { return privileged_ || uid_ == inode.uid; }
  // Membership counts for keeping setgid; CAP_FSETID makes up for it.
  bool may_keep_setgid(uint32_t group) const { return privileged_ || caller().in_group(group); }

 private:
  uint32_t uid_ = 0;
  uint32_t gid_ = 0;
  uint32_t umask_ = 0;
  bool privileged_ = false;
  std::vector<uint32_t> groups_;
};

// `want` of kMayRead | kMayWrite | kMayExecute, by mode and ACL. kAccess.
Status check_access(Mdt& mdt, const Asker& asker, const Inode& inode, uint32_t want);

// Removing or renaming `victim` in `directory`: needs write and search there (kAccess) and, in a
// sticky directory, to own one of the two (kPermission).
Status check_may_delete(Mdt& mdt, const Asker& asker, const Inode& directory, const Inode& victim);

}  // namespace sheen::mds
