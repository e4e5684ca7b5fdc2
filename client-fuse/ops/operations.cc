// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

namespace sheen::fuse {

fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops table{};
  table.lookup = ops::lookup;
  table.forget = ops::forget;
  table.forget_multi = ops::forget_multi;
  table.getattr = ops::getattr;
  table.setattr = ops::setattr;
  table.readlink = ops::readlink;
  table.mknod = ops::mknod;
  table.mkdir = ops::mkdir;
  table.unlink = ops::unlink;
  table.rmdir = ops::rmdir;
  table.symlink = ops::symlink;
  table.rename = ops::rename;
  table.link = ops::link;
  table.create = ops::create;
  table.open = ops::open;
  table.read = ops::read;
  table.write_buf = ops::write_buf;
  table.flush = ops::flush;
  table.release = ops::release;
  table.fsync = ops::fsync;
  table.fallocate = ops::fallocate;
  table.lseek = ops::lseek;
  table.copy_file_range = ops::copy_file_range;
  table.opendir = ops::opendir;
  table.readdir = ops::readdir;
  table.readdirplus = ops::readdirplus;
  table.releasedir = ops::releasedir;
  table.fsyncdir = ops::fsyncdir;
  table.statfs = ops::statfs;
  table.setxattr = ops::setxattr;
  table.getxattr = ops::getxattr;
  table.listxattr = ops::listxattr;
  table.removexattr = ops::removexattr;
  table.getlk = ops::getlk;
  table.setlk = ops::setlk;
  table.flock = ops::flock;
  return table;
}

}  // namespace sheen::fuse
