// SPDX-License-Identifier: Apache-2.0

// mount.sheen: what mount(8) runs for `mount -t sheen host[:host2]:/fsname /mnt`.

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client-fuse/daemonizer.h"
#include "client-fuse/mount_options.h"
#include "client-fuse/mount_process.h"
#include "client-fuse/remount.h"
#include "client-fuse/signals.h"
#include "lib/base/log.h"

namespace sheen::fuse {
namespace {

// ZeroMQ allocates each large frame, and a fresh mapping each time costs more than the copy into
// it. 32 MiB is the most that glibc takes.
void tune_malloc() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<std::string> find_mountpoint(const std::string& directory) {
  const auto failed = [&]() -> Error {
    if (errno == ENOTCONN || errno == ECONNABORTED)
      return {Errc::kBusy,
              fmt::format("mount point {}: the mount of a client that has ended is there, unmount "
                          "it first (umount {})",
                          directory, directory)};
    return errno_error(errno, "mount point " + directory);
  };
  char resolved[PATH_MAX];
  if (realpath(directory.c_str(), resolved) == nullptr) return failed();
  struct stat attr {};
  if (stat(resolved, &attr) != 0) return failed();
  if (!S_ISDIR(attr.st_mode)) return Error(Errc::kNotDirectory, "mount point " + directory);
  return std::string(resolved);
}

log::Options log_options(const MountOptions& options) {
  log::Options out;
  out.identity = "sheen-client";
  out.level = options.log_level;
  out.file = options.log_file;
  out.to_stderr = options.foreground;
  out.to_syslog = options.log_file.empty() && !options.foreground;
  out.blackbox_directory = options.blackbox_directory;
  return out;
}

class PidFile {
 public:
  explicit PidFile(std::string path) : path_(std::move(path)) {}
  ~PidFile() {
    if (written_) std::remove(path_.c_str());
  }
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  Status write() {
    if (path_.empty()) return ok();
    std::ofstream file(path_);
    file << getpid() << "\n";
    file.close();
    if (!file) return errno_error(errno, "pid file " + path_);
    written_ = true;
    return ok();
  }

 private:
  const std::string path_;
  bool written_ = false;
};

int fail(int exit_code, const std::string& line) {
  std::fprintf(stderr, "mount.sheen: %s\n", line.c_str());
  return exit_code;
}

int run(const std::vector<std::string>& arguments) {
  auto options = parse_mount_arguments(arguments);
  if (!options) return fail(kExitUsage, options.error().detail());
  const auto spec = take_spec(*options);
  if (!spec) return fail(kExitUsage, spec.error().detail());
  if (geteuid() != 0) return fail(kExitUsage, "only root can mount");
  // While paths still mean what the caller meant: the daemon will leave this directory.
  if (!options->pid_file.empty()) options->pid_file = std::filesystem::absolute(options->pid_file);
  auto mountpoint = find_mountpoint(options->directory);
  if (!mountpoint) return fail(kExitMountFailed, mountpoint.error().message());
  if (options->fake) return kExitOk;
  if (options->remount) {
    const Status changed = remount(*options, *mountpoint);
    if (changed) return kExitOk;
    // Its own refusals are whole sentences.
    const bool refused = changed.code() == Errc::kInvalid;
    return fail(refused ? kExitUsage : kExitMountFailed,
                refused ? changed.error().detail() : changed.error().message());
  }

  auto daemonizer = Daemonizer::start(options->foreground);
  if (!daemonizer) return fail(kExitMountFailed, daemonizer.error().message());
  const auto give_up = [&](const Error& error) {
    return daemonizer->report_failure(
        fmt::format("cannot mount {}: {}", options->spec, error.message()), kExitMountFailed);
  };

  tune_malloc();
  raise_file_limit();
  auto signal_fd = block_signals();
  if (!signal_fd) return give_up(signal_fd.error());
  if (Status s = log::open(log_options(*options)); !s) return give_up(s.error());
  for (const std::string& remark : options->remarks) SHEEN_WARN("{}", remark);

  int exit_code = kExitOk;
  {
    PidFile pid_file(options->pid_file);
    MountProcess process(*options, *spec, *mountpoint, *signal_fd, daemonizer->parent_fd());
    Status mounted = process.mount();
    if (mounted) mounted = pid_file.write();
    if (mounted &&
        !daemonizer->report_success(
            options->verbose ? fmt::format("{} mounted on {}", options->spec, *mountpoint) : ""))
      mounted = Error(Errc::kInterrupted, "the program that wanted the mount has ended");
    if (mounted) {
      if (!options->foreground && chdir("/") != 0) SHEEN_WARN("cannot change to /");
      process.serve();
    } else {
      process.abandon();
      if (!options->foreground) SHEEN_ERROR("mount failed: {}", mounted.error().message());
      exit_code = give_up(mounted.error());
    }
  }
  log::close();
  close(*signal_fd);
  return exit_code;
}

}  // namespace
}  // namespace sheen::fuse

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (const std::string& argument : arguments) {
    if (argument != "--help" && argument != "-h" && argument != "--version" && argument != "-V")
      continue;
    if (argument == "--help" || argument == "-h") {
      std::fputs(sheen::fuse::mount_usage(), stdout);
    } else {
      std::puts("mount.sheen " SHEEN_VERSION);
    }
    return 0;
  }
  return sheen::fuse::run(arguments);
}
