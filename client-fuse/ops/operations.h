// SPDX-License-Identifier: Apache-2.0
#pragma once

// The FUSE operations: each decodes the kernel's request, makes one call of lib/client and answers
// when it is finished. All run on the reactor's thread, inside Session::serve_one().
//
// Not here: ACCESS (the mount has default_permissions, so the kernel checks modes and ACLs itself
// and is told ENOSYS once), OPEN and READ on what is not a file, POLL, BMAP, IOCTL.

#include "client-fuse/fuse_api.h"

namespace sheen::fuse::ops {

void lookup(fuse_req_t req, fuse_ino_t parent, const char* name);
void forget(fuse_req_t req, fuse_ino_t ino, uint64_t count);
void forget_multi(fuse_req_t req, size_t count, fuse_forget_data* forgets);
void getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void setattr(fuse_req_t req, fuse_ino_t ino, struct stat* attr, int to_set, fuse_file_info* info);
void readlink(fuse_req_t req, fuse_ino_t ino);
void mknod(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t rdev);
void mkdir(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode);
void unlink(fuse_req_t req, fuse_ino_t parent, const char* name);
void rmdir(fuse_req_t req, fuse_ino_t parent, const char* name);
void symlink(fuse_req_t req, const char* target, fuse_ino_t parent, const char* name);
void rename(fuse_req_t req, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags);
void link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char* new_name);

void create(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* info);
void open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info);
void write_buf(fuse_req_t req, fuse_ino_t ino, fuse_bufvec* data, off_t offset,
               fuse_file_info* info);
void flush(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void release(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void fsync(fuse_req_t req, fuse_ino_t ino, int data_only, fuse_file_info* info);
void fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
               fuse_file_info* info);
void lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence, fuse_file_info* info);
void copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t offset_in, fuse_file_info* info_in,
                     fuse_ino_t ino_out, off_t offset_out, fuse_file_info* info_out, size_t length,
                     int flags);

void opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info);
void readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info);
void releasedir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info);
void fsyncdir(fuse_req_t req, fuse_ino_t ino, int data_only, fuse_file_info* info);

void statfs(fuse_req_t req, fuse_ino_t ino);

void setxattr(fuse_req_t req, fuse_ino_t ino, const char* name, const char* value, size_t size,
              int flags);
void getxattr(fuse_req_t req, fuse_ino_t ino, const char* name, size_t size);
void listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void removexattr(fuse_req_t req, fuse_ino_t ino, const char* name);

void getlk(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info, struct flock* lock);
void setlk(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info, struct flock* lock, int sleep);
void flock(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info, int operation);

}  // namespace sheen::fuse::ops

namespace sheen::fuse {

// All of the above, for Session::create(), whose context must be a Filesystem.
fuse_lowlevel_ops operations();

}  // namespace sheen::fuse
