// SPDX-License-Identifier: Apache-2.0
#include "mds/attr.h"

#include "mds/store/layout_codec.h"

namespace sheen::mds {

std::unique_ptr<wire::AttrT> attr_of(const Inode& inode) {
  // What ext4 shows for a small directory; there is no natural size.
  constexpr uint64_t kDirectoryBytes = 4096;
  auto attr = std::make_unique<wire::AttrT>();
  attr->fid = inode.fid.value;
  attr->mode = inode.mode;
  attr->nlink = inode.nlink;
  attr->uid = inode.uid;
  attr->gid = inode.gid;
  attr->rdev = inode.rdev;
  attr->size = inode.is_directory() ? kDirectoryBytes : inode.size;
  attr->blocks = inode.is_directory() ? kDirectoryBytes / 512 : inode.blocks;
  attr->atime = inode.atime;
  attr->mtime = inode.mtime;
  attr->ctime = inode.ctime;
  attr->btime = inode.btime;
  attr->size_valid = inode.size_valid;
  attr->size_version = inode.size_version;
  attr->has_capability = inode.has_capability;
  attr->parent = inode.is_directory() ? inode.parent.value : 0;
  return attr;
}

Result<std::unique_ptr<wire::LayoutT>> layout_of(const Inode& inode) {
  if (!inode.is_regular()) return std::unique_ptr<wire::LayoutT>();
  SHEEN_ASSIGN(const wire::Striping striping, decode_striping(inode.content));
  return std::make_unique<wire::LayoutT>(striping.to_layout());
}

bool relatime_due(const Inode& inode, RealtimeNs now) {
  constexpr int64_t kDay = 24 * 3600 * kSecond;
  return inode.atime <= inode.mtime || inode.atime <= inode.ctime || now - inode.atime >= kDay;
}

}  // namespace sheen::mds
