// SPDX-License-Identifier: Apache-2.0
#include "mds/store/store.h"

namespace sheen::mds {
namespace {

Status make_root(InodeTable& inodes, RealtimeNs now) {
  SHEEN_ASSIGN(const std::optional<Inode> root, inodes.find(kRootFid));
  if (root) return ok();
  Inode inode;
  inode.fid = kRootFid;
  inode.mode = S_IFDIR | 0755;
  inode.nlink = 2;
  inode.atime = inode.mtime = inode.ctime = inode.btime = now;
  inode.parent = kRootFid;
  return inodes.insert(inode);
}

}  // namespace

Result<Store> Store::open(store::Database& database, RealtimeNs now, StoreOptions options) {
  SHEEN_TRY(database.begin());
  SHEEN_ASSIGN(InodeTable inodes, InodeTable::open(database));
  SHEEN_ASSIGN(EntryTable entries, EntryTable::open(database, options.name_hash));
  SHEEN_ASSIGN(XattrTable xattrs, XattrTable::open(database));
  SHEEN_TRY(make_root(inodes, now));
  SHEEN_TRY(database.commit());
  SHEEN_ASSIGN(FidSource fids, FidSource::open(database, options.object_max));
  return Store{std::move(inodes), std::move(entries), std::move(xattrs), std::move(fids)};
}

}  // namespace sheen::mds
