// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Disk seam: object files and the name of the SQLite VFS. PosixDisk is the real one; the
// simulator has one that can fail and forget. Paths are absolute. Any thread may call; calls block.
// Offsets and sizes in bytes. Errors are errno's; a short write is completed here or is an error.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace sheen::store {

struct FileStat {
  uint64_t size = 0;
  uint64_t blocks = 0;  // of 512 bytes
  RealtimeNs mtime = 0;
  RealtimeNs ctime = 0;
};

struct DiskSpace {
  uint64_t bytes_total = 0;
  uint64_t bytes_free = 0;
  uint64_t bytes_available = 0;
  uint64_t inodes_total = 0;
  uint64_t inodes_free = 0;
  bool read_only = false;
};

class File {
 public:
  virtual ~File() = default;
  virtual Result<size_t> read(void* into, size_t size, uint64_t offset) = 0;  // short at the end
  virtual Status write(const void* from, size_t size, uint64_t offset) = 0;
  virtual Status truncate(uint64_t size) = 0;
  virtual Status allocate(int mode, uint64_t offset, uint64_t length) = 0;  // fallocate(2)
  // lseek(2) with SEEK_DATA or SEEK_HOLE; kNoDevice past the end or without data behind offset.
  virtual Result<uint64_t> seek(uint64_t offset, bool data) = 0;
  virtual Result<FileStat> stat() = 0;
  virtual Status set_mtime(RealtimeNs mtime) = 0;
  virtual Status sync() = 0;                                           // fdatasync(2)
  virtual Result<std::string> get_xattr(const std::string& name) = 0;  // kNoData if absent
  virtual Status set_xattr(const std::string& name, const std::string& value) = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // kNotFound unless it exists or `create`.
  virtual Result<std::shared_ptr<File>> open(const std::string& path, bool create) = 0;
  virtual Status remove(const std::string& path) = 0;          // unlink(2)
  virtual Status make_directory(const std::string& path) = 0;  // fine if it exists
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<DiskSpace> space(const std::string& path) = 0;
  virtual Status sync_filesystem(const std::string& path) = 0;  // syncfs(2)
  // Names made and removed in this directory are durable. kNotFound if there is no such directory.
  virtual Status sync_directory(const std::string& path) { return sync_filesystem(path); }
  virtual const char* sqlite_vfs() const = 0;  // null: SQLite's default
};

class PosixDisk final : public Disk {
 public:
  PosixDisk() = default;
  ~PosixDisk() override;
  PosixDisk(const PosixDisk&) = delete;
  PosixDisk& operator=(const PosixDisk&) = delete;

  Result<std::shared_ptr<File>> open(const std::string& path, bool create) override;
  Status remove(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<DiskSpace> space(const std::string& path) override;
  Status sync_filesystem(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  const char* sqlite_vfs() const override { return nullptr; }

 private:
  Result<int> sync_descriptor(const std::string& path);

  std::mutex mutex_;
  // One per path given to sync_filesystem(), kept open: syncfs(2) reports a failed write-back to
  // every descriptor that was open when it happened, so none is missed between two calls.
  std::map<std::string, int> sync_descriptors_;
};

}  // namespace sheen::store
