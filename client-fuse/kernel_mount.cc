// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/kernel_mount.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/base/log.h"

namespace sheen::fuse {
namespace {

constexpr const char* kType = "fuse.sheen";

std::string read_mountinfo() {
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Space, tab, newline and backslash stand there as three octal digits.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        text.substr(i + 1, 3).find_first_not_of("01234567") == std::string::npos;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                             (text[i + 3] - '0'));
    i += 3;
  }
  return out;
}

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
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // "36 35 0:53 / /mnt/demo rw,..."
    std::istringstream words(line);
    std::string id, parent, number, root, target;
    if (!(words >> id >> parent >> number >> root >> target)) continue;
    if (unescape(target) == mountpoint) device = number;  // a later line lies on top
  }
  return device;
}

Result<std::unique_ptr<KernelMount>> KernelMount::mount(const KernelMountOptions& options) {
  const int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno_error(errno, "cannot open /dev/fuse (is the kernel's fuse module loaded?)");
  const std::string data =
      fmt::format("fd={},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other{}", fd,
                  options.security_context);
  if (::mount(options.source.c_str(), options.mountpoint.c_str(), kType, options.flags,
              data.c_str()) != 0) {
    const int error = errno;
    close(fd);
    return errno_error(error, "cannot mount on " + options.mountpoint);
  }
  return std::unique_ptr<KernelMount>(new KernelMount(
      fd, options.mountpoint, device_of_mount(read_mountinfo(), options.mountpoint)));
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
  return !device_.empty() && device_of_mount(read_mountinfo(), mountpoint_) == device_;
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
