// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/scratch_mount.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <sys/mount.h>

#include "cli/process.h"

namespace sheen::cli {
namespace {

namespace fs = std::filesystem;

Outcome<void> mount(const std::string& source, const std::string& mountpoint) {
  SHEEN_ASSIGN(const std::string program,
               find_program("mount.sheen", "install Sheen's client, or give --mount"));
  SHEEN_ASSIGN(const ProgramResult result, run_program({program, source, mountpoint}));
  if (result.exit_code == 0) return {};
  return Complaint{kExitFailed, fmt::format("cannot be mounted: {}", result.last_line()), source,
                   "give a place where it is mounted with --mount"};
}

}  // namespace

Outcome<std::unique_ptr<ScratchMount>> ScratchMount::make(const std::string& source,
                                                          const std::string& mountpoint) {
  std::unique_ptr<ScratchMount> out(new ScratchMount);
  std::string root = mountpoint;
  if (root.empty()) {
    root = "/tmp/sheen-drill-XXXXXX";
    if (::mkdtemp(root.data()) == nullptr)
      return complain(errno_error(errno, "no temporary directory"), "/tmp");
    out->own_mountpoint_ = root;
    SHEEN_TRY(mount(source, root));
  }
  std::string directory = root + "/.sheen-drill-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr)
    return complain(errno_error(errno, "cannot be written to"), root);
  out->directory_ = directory;
  return out;
}

ScratchMount::~ScratchMount() {
  std::error_code ignored;
  if (!directory_.empty() && !abandoned_) fs::remove_all(directory_, ignored);
  if (own_mountpoint_.empty()) return;
  // Lazily: nobody else uses it. By force, what still waits fails.
  if (abandoned_) ::umount2(own_mountpoint_.c_str(), MNT_FORCE);
  ::umount2(own_mountpoint_.c_str(), MNT_DETACH);
  fs::remove(own_mountpoint_, ignored);
}

}  // namespace sheen::cli
