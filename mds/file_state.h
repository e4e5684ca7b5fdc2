// SPDX-License-Identifier: Apache-2.0
#pragma once

// The rules of size and times (docs/architecture.md) and of privilege bits on a regular file's
// inode. They change the given Inode only; the caller writes it. Lane thread.

#include "mds/mdt.h"
#include "mds/permission.h"

namespace sheen::mds {

// From now on the OSTs know better.
void note_open_for_write(Inode& inode);
// A writer has gone without a report that was taken. What others found out before is void: they may
// have asked the objects before the writer's last change.
void note_unreported_end(Inode& inode);

// To `size`. False: there is nothing for the OSTs to do (it was empty, surely, and stays so).
bool note_truncate(Inode& inode, uint64_t size, RealtimeNs now);

// Takes the report if it is about the present state and nobody (but the closing one) has the file
// open for writing, or may come back after a restart and say so. `inode` is changed if true.
bool take_report(Mdt& mdt, Inode& inode, const wire::SizeReport* report, bool closing_writer);

// Clients other than `client` have the file open for writing. They do not know of privileges that
// it gets now, and so their next write would not clear them.
bool written_by_others(Mdt& mdt, const Uuid& client, const Inode& inode);
// The change from mode `before` to inode.mode gives setuid or setgid (if it means "run as group")
// to a file that others write: leaves them out, as if the write had come right after the change.
void drop_new_setid(Mdt& mdt, const Uuid& client, Inode& inode, uint32_t before);

// Clears setuid, and setgid if it means "run as group" (not "mandatory locking"). True: changed.
bool clear_setid(Inode& inode);
// Removes security.capability, if there is one. True: changed.
Result<bool> remove_capability(Mdt& mdt, Inode& inode);

}  // namespace sheen::mds
