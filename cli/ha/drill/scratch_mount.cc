// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/scratch_mount.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <sys/mount.h>

#include "cli/ha/drill/patience.h"
#include "lib/base/ids.h"
#include "lib/base/random.h"

namespace sheen::cli {
namespace {

namespace fs = std::filesystem;

// For a directory with one file in it.
constexpr std::chrono::seconds kPatience{5};

Outcome<void> mount(const std::string& source, const std::string& mountpoint,
                    const Patience& patience) {
  SHEEN_ASSIGN(const std::string program,
               find_program("mount.sheen", "install Sheen's client, or give --mount"));
  SHEEN_ASSIGN(const ProgramResult result,
               run_program({program, source, mountpoint}, {.patience = patience}));
  if (result.exit_code == 0) return {};
  return Complaint{kExitFailed, fmt::format("cannot be mounted: {}", result.last_line()), source,
                   "give a place where it is mounted with --mount"};
}

}  // namespace

Outcome<std::unique_ptr<ScratchMount>> ScratchMount::make(const std::string& source,
                                                          const std::string& mountpoint,
                                                          const Patience& patience) {
  std::unique_ptr<ScratchMount> out(new ScratchMount);
  std::string root = mountpoint;
  if (root.empty()) {
    root = "/tmp/sheen-drill-XXXXXX";
    if (::mkdtemp(root.data()) == nullptr)
      return complain(errno_error(errno, "no temporary directory"), "/tmp");
    out->own_mountpoint_ = root;
    SHEEN_TRY(mount(source, root, patience));
  }
  SystemRandom random;
  out->directory_ = fmt::format("{}/.sheen-drill-{}", root, Uuid::generate(random).to_string());
  return out;
}

ScratchMount::~ScratchMount() {
  done_within(kPatience, [directory = directory_] {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  });
  if (own_mountpoint_.empty()) return;
  // Nobody else uses it: who still does waits for an answer that does not come. By force, it fails,
  // and mount.sheen ends.
  if (::umount2(own_mountpoint_.c_str(), 0) != 0) {
    ::umount2(own_mountpoint_.c_str(), MNT_FORCE);
    ::umount2(own_mountpoint_.c_str(), MNT_DETACH);
  }
  std::error_code ignored;
  fs::remove(own_mountpoint_, ignored);
}

}  // namespace sheen::cli
