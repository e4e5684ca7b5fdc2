// SPDX-License-Identifier: Apache-2.0
#pragma once

// Store: the MDT's tables (docs/disk-format.md). Owned by the Mdt; lane thread. The Destroyer
// keeps a table of its own, the common target others, in the same database.

#include "mds/store/entry_table.h"
#include "mds/store/fid_source.h"
#include "mds/store/inode_table.h"
#include "mds/store/xattr_table.h"

namespace sheen::mds {

struct StoreOptions {
  NameHash name_hash = &name_cookie;  // another one only in tests
  uint32_t object_max = UINT32_MAX;   // of a sequence; smaller only in tests
};

struct Store {
  // Makes the tables and the root directory if they are not there yet, in its own transaction.
  static Result<Store> open(store::Database& database, RealtimeNs now, StoreOptions options = {});

  InodeTable inodes;
  EntryTable entries;
  XattrTable xattrs;
  FidSource fids;
};

}  // namespace sheen::mds
