// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/kernel_mount.h"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mountinfo.h"

namespace sheen::fuse {
namespace {

Status write_file(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno_error(errno, path);
  const ssize_t wrote = write(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  if (wrote < 0) return errno_error(error, path);
  return ok();
}

}  // namespace

std::string device_of_mount(std::string_view mountinfo, std::string_view mountpoint) {
  std::string device;
  for (const MountRow& row : parse_mount_rows(mountinfo))
    if (row.mountpoint == mountpoint) device = row.device;  // a later row lies on top
  return device;
}

Result<std::unique_ptr<KernelMount>> KernelMount::mount(const KernelMountOptions& options) {
  const int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno_error(errno, "cannot open /dev/fuse (is the kernel's fuse module loaded?)");
  const std::string data =
      fmt::format("fd={},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other{}", fd,
                  options.security_context);
  if (::mount(options.source.c_str(), options.mountpoint.c_str(), kFileSystemType, options.flags,
              data.c_str()) != 0) {
    const int error = errno;
    close(fd);
    return errno_error(error, "cannot mount on " + options.mountpoint);
  }
  return std::unique_ptr<KernelMount>(new KernelMount(
      fd, options.mountpoint, device_of_mount(read_mountinfo().value_or(""), options.mountpoint)));
}

KernelMount::~KernelMount() {
  if (in_place() && umount2(mountpoint_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    SHEEN_WARN("cannot unmount {}: {}", mountpoint_, errno_error(errno, "umount2").message());
  if (fd_ >= 0) close(fd_);
}

int KernelMount::release_fd() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

bool KernelMount::in_place() const {
  return !device_.empty() && device_of_mount(read_mountinfo().value_or(""), mountpoint_) == device_;
}

Status KernelMount::set_read_ahead(uint32_t kilobytes) const {
  return write_file(fmt::format("/sys/class/bdi/{}/read_ahead_kb", device_),
                    fmt::format("{}\n", kilobytes));
}

void KernelMount::unmount() {
  if (!in_place()) return;
  if (umount2(mountpoint_.c_str(), UMOUNT_NOFOLLOW) == 0) return;
  SHEEN_NOTICE("{} is in use; detached, its users keep it until they are done", mountpoint_);
  if (umount2(mountpoint_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    SHEEN_WARN("cannot unmount {}: {}", mountpoint_, errno_error(errno, "umount2").message());
}

void KernelMount::abort() {
  const std::string minor = device_.substr(device_.find(':') + 1);
  if (write_file(fmt::format("/sys/fs/fuse/connections/{}/abort", minor), "1\n")) return;
  // fusectl is not mounted there. Forcing an unmount aborts too, if the mount is in place still.
  if (in_place()) umount2(mountpoint_.c_str(), MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW);
}

}  // namespace sheen::fuse
