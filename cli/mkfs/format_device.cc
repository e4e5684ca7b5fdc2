// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/device_signature.h"
#include "cli/mkfs/format.h"
#include "cli/process.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli {
namespace {

// Nothing but "kill it" may come between a mount and its end.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &before_);
  }
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

Outcome<void> check_free(const std::string& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0)
    return complain(errno_error(errno, "cannot be looked at"), device, "check the device's name");
  if (!S_ISBLK(info.st_mode))
    return Complaint{kExitFailed, "it is not a block device", device,
                     "give a device, or a directory without --device"};
  // O_EXCL on a block device fails while it is mounted or part of something.
  const UniqueFd fd(::open(device.c_str(), O_RDWR | O_EXCL | O_CLOEXEC));
  if (fd.good()) return {};
  if (errno == EBUSY)
    return Complaint{kExitFailed, "it is in use", device, "unmount it or take it out of its array"};
  return complain(errno_error(errno, "cannot be opened"), device);
}

// ocf:sheen:target knows by it whose a device is before it mounts it. Of 12 characters, the index
// tells more than the end of the fsname does.
std::string xfs_label(const TargetLabel& label) {
  constexpr size_t kXfsLabelMax = 12;
  const std::string whole = label.to_string();
  const std::string index = whole.substr(label.fsname.size());  // "-OST0000"
  return label.fsname.substr(0, kXfsLabelMax - index.size()) + index;
}

// Reasons: no space kept for root, who is nobody special here; large inodes hold an object's
// attributes without a further block; directories may grow; and the tables are written now instead
// of in the background during the first hours of service.
std::vector<std::string> make_command(const std::string& program, const DeviceOptions& options,
                                      const TargetLabel& label) {
  if (options.fstype == "xfs") {
    return {program, "-q", "-f", "-i", "size=512", "-L", xfs_label(label), options.device};
  }
  return {program,
          "-q",
          "-F",
          "-m",
          "0",
          "-I",
          "512",
          "-O",
          "large_dir",
          "-E",
          "lazy_itable_init=0,lazy_journal_init=0",
          "-L",
          label.to_string(),
          options.device};
}

Outcome<void> make_filesystem(const DeviceOptions& options, const TargetLabel& label) {
  const bool xfs = options.fstype == "xfs";
  SHEEN_ASSIGN(
      const std::string program,
      find_program("mkfs." + options.fstype, xfs ? "install xfsprogs" : "install e2fsprogs"));
  SHEEN_ASSIGN(const ProgramResult result, run_program(make_command(program, options, label)));
  if (result.exit_code == 0) return {};
  return Complaint{kExitFailed,
                   fmt::format("mkfs.{} failed: {}", options.fstype, result.last_line()),
                   options.device, "see that it is large enough and healthy"};
}

// Mounted where nobody else sees it: in a mount namespace of this process, which takes the mount
// with it even if it is killed. Gone when this object is.
class PrivateMount {
 public:
  static Outcome<PrivateMount> mount(const DeviceOptions& options,
                                     const std::string& mount_options) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return complain(errno_error(errno, "no private place to mount it"), options.device,
                      "run it as root");
    std::string directory = "/tmp/sheen-mkfs-XXXXXX";
    if (::mkdtemp(directory.data()) == nullptr)
      return complain(errno_error(errno, "no directory to mount it on"), options.device);
    PrivateMount mounted(directory);
    SHEEN_ASSIGN(const std::string program, find_program("mount", "install util-linux"));
    SHEEN_ASSIGN(const ProgramResult result,
                 run_program({program, "-t", options.fstype, "-o",
                              mount_options.empty() ? "noatime" : mount_options, options.device,
                              directory}));
    if (result.exit_code != 0)
      return Complaint{kExitFailed, "cannot be mounted: " + result.first_line(), options.device,
                       "check --mount-options"};
    mounted.mounted_ = true;
    return mounted;
  }
  PrivateMount(PrivateMount&& other) noexcept
      : directory_(std::exchange(other.directory_, {})),
        mounted_(std::exchange(other.mounted_, false)) {}
  PrivateMount& operator=(PrivateMount&&) = delete;
  ~PrivateMount() {
    if (mounted_ && ::umount2(directory_.c_str(), 0) != 0)
      ::umount2(directory_.c_str(), MNT_DETACH);
    if (!directory_.empty()) ::rmdir(directory_.c_str());
  }

  const std::string& directory() const { return directory_; }
  // With the verdict that the destructor cannot give.
  Outcome<void> unmount(const std::string& device) {
    if (::umount2(directory_.c_str(), 0) != 0)
      return complain(errno_error(errno, "cannot be unmounted"), device);
    mounted_ = false;
    return {};
  }

 private:
  explicit PrivateMount(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
  bool mounted_ = false;
};

}  // namespace

bool may_be_named(const std::string& name, const TargetLabel& label) {
  return !TargetLabel::parse(name) || name == label.to_string() || name == xfs_label(label);
}

Outcome<void> format_device(const DeviceOptions& options, const target::TargetConfig& config) {
  SHEEN_TRY(check_free(options.device));
  SHEEN_ASSIGN(const auto found, signature_on(options.device));
  if (found && !options.reformat) {
    const std::string named = found->label.empty() ? "" : fmt::format(" '{}'", found->label);
    return Complaint{kExitFailed, fmt::format("it holds {}{}", found->type, named), options.device,
                     "choose another device, or destroy what is there with --reformat"};
  }
  const SignalsBlocked blocked;
  SHEEN_TRY(make_filesystem(options, config.label));
  SHEEN_ASSIGN(PrivateMount mounted, PrivateMount::mount(options, config.mount_options));
  SHEEN_TRY(keep_others_out(mounted.directory()));
  SHEEN_TRY(at(options.device, config.save(mounted.directory())));
  return mounted.unmount(options.device);
}

}  // namespace sheen::cli
