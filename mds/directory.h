// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names in directories: what lookup, creation, removal and rename share. Lane thread; changes are
// part of the current transaction.

#include <optional>
#include <string_view>

#include "mds/mdt.h"
#include "mds/permission.h"

namespace sheen::mds {

// kNotFound: empty. kNameTooLong. kInvalid: has '/' or NUL, or is "." or "..", which the client's
// kernel resolves.
Status check_name(std::string_view name);

// kNotFound: it was removed; kNotDirectory.
Result<Inode> get_directory(Mdt& mdt, Fid fid);

// A name's place: the directory, searched with permission, and the entry if there is one.
struct Place {
  Inode directory;
  std::optional<Entry> entry;
};
Result<Place> find_place(Mdt& mdt, const Asker& asker, Fid parent, std::string_view name);

// The inode that an entry means. kCorrupt: there is none.
Result<Inode> inode_of(Mdt& mdt, const Entry& entry);

// mtime and ctime, as every change of a directory's entries sets; the link count as it is in
// `directory`.
Status update_directory(Mdt& mdt, Inode& directory, RealtimeNs now);

// The name is gone, or another inode's: one link less. The last one ends the inode, unless
// somebody has it open or may still say so after a restart: then it becomes an orphan. Of a
// directory, the caller has checked that it is empty and takes care of the parent's link count.
Status drop_link(Mdt& mdt, Inode& inode, RealtimeNs now);

// True if `ancestor` is `fid` or above it.
Result<bool> is_ancestor(Mdt& mdt, Fid ancestor, Fid fid);

uint8_t entry_type(uint32_t mode);  // DT_REG and so on

}  // namespace sheen::mds
