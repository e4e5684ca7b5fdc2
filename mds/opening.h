// SPDX-License-Identifier: Apache-2.0
#pragma once

// What Open and Create do with an inode that exists (may_open() in Linux's fs/namei.c). Lane
// thread; part of the current transaction.

#include "mds/mdt.h"
#include "mds/permission.h"

namespace sheen::mds {

// Checks, then does what the flags mean for the inode: truncation, and the OSTs' taking over of
// size and times. The row is written if it changed; the handle is the caller's business.
Status open_inode(Mdt& mdt, const Asker& asker, Inode& inode, uint32_t flags, RealtimeNs now);

}  // namespace sheen::mds
