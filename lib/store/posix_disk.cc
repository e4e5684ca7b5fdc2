// SPDX-License-Identifier: Apache-2.0
// PosixDisk: the Disk seam over the system calls of the same names.
#include <cerrno>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/base/unique_fd.h"
#include "lib/store/disk.h"

namespace sheen::store {
namespace {

Error failed(const char* call, const std::string& path) {
  const int number = errno;
  return errno_error(number, fmt::format("{} {}", call, path));
}

RealtimeNs to_ns(const timespec& time) { return RealtimeNs{time.tv_sec} * kSecond + time.tv_nsec; }

timespec to_timespec(RealtimeNs time) {
  RealtimeNs seconds = time / kSecond;
  RealtimeNs rest = time % kSecond;
  if (rest < 0) {  // tv_nsec must not be negative, whatever the sign of tv_sec
    rest += kSecond;
    --seconds;
  }
  return {seconds, rest};
}

// off_t is signed: a larger number would turn negative and be refused as EINVAL, or worse.
Status check_range(uint64_t offset, uint64_t size, const std::string& path) {
  if (offset > kFileSizeMax || size > kFileSizeMax - offset) return Error(Errc::kFileTooBig, path);
  return ok();
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> read(void* into, size_t size, uint64_t offset) override {
    SHEEN_TRY(check_range(offset, size, path_));
    size_t done = 0;
    while (done < size) {
      const ssize_t got = pread(fd_.get(), static_cast<char*>(into) + done, size - done,
                                static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("pread", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Status write(const void* from, size_t size, uint64_t offset) override {
    SHEEN_TRY(check_range(offset, size, path_));
    size_t done = 0;
    while (done < size) {
      const ssize_t put = pwrite(fd_.get(), static_cast<const char*>(from) + done, size - done,
                                 static_cast<off_t>(offset + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failed("pwrite", path_);
      if (put == 0) return Error(Errc::kIo, fmt::format("pwrite {}", path_));
      done += static_cast<size_t>(put);
    }
    return ok();
  }

  Status truncate(uint64_t size) override {
    SHEEN_TRY(check_range(0, size, path_));
    while (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
      if (errno != EINTR) return failed("ftruncate", path_);
    return ok();
  }

  Status allocate(int mode, uint64_t offset, uint64_t length) override {
    SHEEN_TRY(check_range(offset, length, path_));
    while (fallocate(fd_.get(), mode, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0)
      if (errno != EINTR) return failed("fallocate", path_);
    return ok();
  }

  Result<uint64_t> seek(uint64_t offset, bool data) override {
    if (offset > kFileSizeMax) return Error(Errc::kNoDevice, path_);
    const off_t at = lseek(fd_.get(), static_cast<off_t>(offset), data ? SEEK_DATA : SEEK_HOLE);
    if (at < 0) return failed("lseek", path_);
    return static_cast<uint64_t>(at);
  }

  Result<FileStat> stat() override {
    struct stat st {};
    if (fstat(fd_.get(), &st) != 0) return failed("fstat", path_);
    return FileStat{static_cast<uint64_t>(st.st_size), static_cast<uint64_t>(st.st_blocks),
                    to_ns(st.st_mtim), to_ns(st.st_ctim)};
  }

  Status set_mtime(RealtimeNs mtime) override {
    const timespec times[2] = {{0, UTIME_OMIT}, to_timespec(mtime)};
    if (futimens(fd_.get(), times) != 0) return failed("futimens", path_);
    return ok();
  }

  Status sync() override {
    // Not repeated, not even after EINTR: after a failure the kernel may have thrown pages away and
    // a second call would report success.
    if (fdatasync(fd_.get()) != 0) return failed("fdatasync", path_);
    return ok();
  }

  Result<std::string> get_xattr(const std::string& name) override {
    std::string value(256, '\0');
    while (true) {
      const ssize_t got = fgetxattr(fd_.get(), name.c_str(), value.data(), value.size());
      if (got >= 0) {
        value.resize(static_cast<size_t>(got));
        return value;
      }
      if (errno != ERANGE || value.size() >= kXattrValueMax) return failed("fgetxattr", path_);
      value.resize(kXattrValueMax);
    }
  }

  Status set_xattr(const std::string& name, const std::string& value) override {
    if (fsetxattr(fd_.get(), name.c_str(), value.data(), value.size(), 0) != 0)
      return failed("fsetxattr", path_);
    return ok();
  }

 private:
  const UniqueFd fd_;
  const std::string path_;
};

int open_retrying(const char* path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path, flags, 0600);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

}  // namespace

PosixDisk::~PosixDisk() {
  for (const auto& [path, fd] : sync_descriptors_) close(fd);
}

Result<std::shared_ptr<File>> PosixDisk::open(const std::string& path, bool create) {
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
  // The server's own reads must not dirty inodes; only an owner may ask for that, hence the retry.
  int fd = open_retrying(path.c_str(), flags | O_NOATIME);
  if (fd < 0 && errno == EPERM) fd = open_retrying(path.c_str(), flags);
  if (fd < 0) return failed("open", path);
  return std::make_shared<PosixFile>(UniqueFd(fd), path);
}

Status PosixDisk::remove(const std::string& path) {
  if (unlink(path.c_str()) != 0) return failed("unlink", path);
  return ok();
}

Status PosixDisk::make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("mkdir", path);
  return ok();
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) return failed("opendir", path);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) {
      if (errno != 0) return failed("readdir", path);
      return names;
    }
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

Result<DiskSpace> PosixDisk::space(const std::string& path) {
  struct statvfs st {};
  while (statvfs(path.c_str(), &st) != 0)
    if (errno != EINTR) return failed("statvfs", path);
  DiskSpace out;
  out.bytes_total = uint64_t{st.f_blocks} * st.f_frsize;
  out.bytes_free = uint64_t{st.f_bfree} * st.f_frsize;
  out.bytes_available = uint64_t{st.f_bavail} * st.f_frsize;
  out.inodes_total = st.f_files;
  out.inodes_free = st.f_ffree;
  out.read_only = (st.f_flag & ST_RDONLY) != 0;
  return out;
}

Result<int> PosixDisk::sync_descriptor(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = sync_descriptors_.find(path);
  if (found != sync_descriptors_.end()) return found->second;
  const int fd = open_retrying(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (fd < 0) return failed("open", path);
  sync_descriptors_.emplace(path, fd);
  return fd;
}

Status PosixDisk::sync_filesystem(const std::string& path) {
  SHEEN_ASSIGN(const int fd, sync_descriptor(path));
  if (syncfs(fd) != 0) return failed("syncfs", path);
  return ok();
}

Status PosixDisk::sync_directory(const std::string& path) {
  const UniqueFd fd(open_retrying(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!fd.good()) return failed("open", path);
  if (fsync(fd.get()) != 0) return failed("fsync", path);
  return ok();
}

}  // namespace sheen::store
