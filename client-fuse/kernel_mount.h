// SPDX-License-Identifier: Apache-2.0
#pragma once

// KernelMount: the mount itself, made with mount(2) on a descriptor of /dev/fuse. Not by libfuse,
// which hides errno, unmounts by path whatever is mounted there by then, and cannot pass all flags.
//
// main() owns it. unmount() may block until the reactor has served the kernel's last requests, so
// it is called by the notify thread; everything else is called by the reactor's thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace sheen::fuse {

inline constexpr const char* kFileSystemType = "fuse.sheen";

struct KernelMountOptions {
  std::string source;            // as /proc/mounts shows it
  std::string mountpoint;        // absolute
  unsigned long flags = 0;       // MS_*
  std::string security_context;  // ",context=..." or nothing
};

class KernelMount {
 public:
  static Result<std::unique_ptr<KernelMount>> mount(const KernelMountOptions& options);
  // Takes the mount away if it is still there.
  ~KernelMount();
  KernelMount(const KernelMount&) = delete;
  KernelMount& operator=(const KernelMount&) = delete;

  // The descriptor of /dev/fuse, non-blocking; the caller owns it from now on.
  int release_fd();
  const std::string& mountpoint() const { return mountpoint_; }

  // Tells the kernel to read ahead in large requests. Only mapped files use it, as all others are
  // opened for direct I/O; without it, a page fault fetches 128 KiB at most, because FUSE's INIT
  // can lower the kernel's default but not raise it. To be called after INIT, which sets it anew.
  Status set_read_ahead(uint32_t kilobytes) const;

  // Detaches the mount; users that have it in use keep it until they are done.
  void unmount();
  // Ends the connection under its users: their calls fail with ECONNABORTED.
  void abort();

 private:
  KernelMount(int fd, std::string mountpoint, std::string device)
      : fd_(fd), mountpoint_(std::move(mountpoint)), device_(std::move(device)) {}
  bool in_place() const;

  int fd_;
  std::string mountpoint_;
  std::string device_;  // "0:53"
};

// The device number ("0:53") of the topmost mount at `mountpoint`, from the text of
// /proc/self/mountinfo: stat(2) would ask the file system, which is ourselves. "" if there is none.
std::string device_of_mount(std::string_view mountinfo, std::string_view mountpoint);

}  // namespace sheen::fuse
