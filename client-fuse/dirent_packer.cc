// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/dirent_packer.h"

#include <dirent.h>

#include "client-fuse/attr_out.h"
#include "client-fuse/fuse_api.h"

namespace sheen::fuse {

bool DirentPacker::append(const std::string& name, const client::DirEntry& entry, bool looked_up,
                          uint64_t next) {
  const size_t left = bytes_.size() - used_;
  size_t needed = 0;
  // libfuse takes a request here for the sake of its signature only.
  if (plus_) {
    fuse_entry_param param{};
    if (looked_up) {
      param = to_entry(*entry.attr);
    } else {
      param.attr.st_ino = entry.fid.value;
      param.attr.st_mode = static_cast<mode_t>(DTTOIF(entry.type));
    }
    needed = fuse_add_direntry_plus(nullptr, bytes_.data() + used_, left, name.c_str(), &param,
                                    static_cast<off_t>(next));
  } else {
    struct stat attr {};
    attr.st_ino = entry.fid.value;
    attr.st_mode = static_cast<mode_t>(DTTOIF(entry.type));
    needed = fuse_add_direntry(nullptr, bytes_.data() + used_, left, name.c_str(), &attr,
                               static_cast<off_t>(next));
  }
  if (needed > left) return false;
  used_ += needed;
  return true;
}

bool DirentPacker::add(const client::DirEntry& entry, uint64_t next) {
  return append(entry.name, entry, entry.attr.has_value(), next);
}

bool DirentPacker::add_dot(const char* name, Fid fid, uint64_t next) {
  client::DirEntry entry;
  entry.fid = fid;
  entry.type = DT_DIR;
  return append(name, entry, false, next);
}

}  // namespace sheen::fuse
