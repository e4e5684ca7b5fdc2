// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/mkfs/format.h"
#include "cli/mkfs/target_entries.h"
#include "cli/mounts.h"
#include "lib/base/unique_fd.h"
#include "lib/target/target_directory.h"

namespace sheen::cli {
namespace {

namespace fs = std::filesystem;

constexpr decltype(statfs::f_type) kXfsMagic = 0x58465342;  // linux/magic.h lacks it before 6.1

Outcome<void> make_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  std::error_code unknown;
  if (fs::is_directory(directory, unknown)) return {};
  if (fs::exists(directory, unknown))
    return Complaint{kExitFailed, "it is not a directory", directory,
                     "give a directory, or a block device with --device"};
  return complain(errno_error(error.value(), "cannot be made"), directory);
}

Outcome<std::vector<std::string>> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries(directory, error);
       !error && entries != fs::directory_iterator(); entries.increment(error))
    names.push_back(entries->path().filename().string());
  if (error) return complain(errno_error(error.value(), "cannot be read"), directory);
  return names;
}

// What stands in the way of formatting it, if anything does.
Outcome<void> check_contents(const std::string& directory, const DirectoryContents& contents,
                             bool reformat) {
  if (contents.target && !reformat) {
    const auto known = target::TargetConfig::load(directory);
    return Complaint{
        kExitFailed,
        fmt::format("it holds {} already", known ? known->label.to_string() : "a Sheen target"),
        directory, "choose another directory, or destroy that target with --reformat"};
  }
  if (contents.stranger)
    return Complaint{kExitFailed,
                     fmt::format("it holds {}, which is no Sheen target's", *contents.stranger),
                     directory, "choose an empty directory"};
  if (contents.target) return {};
  if (contents.destroyed && !reformat)
    return Complaint{kExitFailed, "it holds a target that is half destroyed", directory,
                     "destroy the rest with --reformat"};
  if (contents.remnant && !contents.destroyed)
    return Complaint{kExitFailed, fmt::format("it holds {}, but no target.toml", *contents.remnant),
                     directory, "choose an empty directory"};
  return {};
}

// Mounts below it are somebody else's data.
Outcome<void> refuse_mounts_inside(const std::string& directory) {
  std::error_code error;
  const std::string real_path = fs::canonical(directory, error).string();
  if (error) return complain(errno_error(error.value(), "cannot be looked at"), directory);
  SHEEN_ASSIGN(const auto mountpoint, at(directory, mountpoint_below(real_path)));
  if (mountpoint)
    return Complaint{kExitFailed, fmt::format("{} is mounted in it", *mountpoint), directory,
                     "unmount that first"};
  return {};
}

Outcome<void> sync_directory(const std::string& directory) {
  const UniqueFd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.good() || ::fsync(opened.get()) != 0)
    return complain(errno_error(errno, "cannot be synced"), directory);
  return {};
}

// Interrupted anywhere, it can be done again: the name of the destroyed target.toml comes before
// everything and goes after everything.
Outcome<void> destroy_target(const std::string& directory, const DirectoryContents& contents,
                             const std::vector<std::string>& names) {
  const std::string destroyed = directory + "/" + kDestroyedName;
  if (contents.target && ::rename((directory + "/target.toml").c_str(), destroyed.c_str()) != 0)
    return complain(errno_error(errno, "target.toml cannot be renamed"), directory);
  SHEEN_TRY(sync_directory(directory));
  for (const std::string& name : names) {
    if (!belongs_to_target(name)) continue;
    std::error_code error;
    fs::remove_all(directory + "/" + name, error);
    if (error) return complain(errno_error(error.value(), name + " cannot be removed"), directory);
  }
  SHEEN_TRY(sync_directory(directory));
  if (::unlink(destroyed.c_str()) != 0)
    return complain(errno_error(errno, fmt::format("{} cannot be removed", kDestroyedName)),
                    directory);
  return {};
}

}  // namespace

Outcome<void> keep_others_out(const std::string& directory) {
  if (::chmod(directory.c_str(), 0700) == 0) return {};
  return complain(errno_error(errno, "cannot be closed to other users"), directory);
}

Outcome<void> format_directory(const std::string& directory, const target::TargetConfig& config,
                               bool reformat) {
  SHEEN_TRY(make_directory(directory));
  SHEEN_ASSIGN(const auto names, names_in(directory));
  const DirectoryContents contents = sort_entries(names);
  SHEEN_TRY(check_contents(directory, contents, reformat));
  if (contents.target || contents.destroyed) {
    SHEEN_TRY(refuse_mounts_inside(directory));
    // A server that runs holds the lock.
    SHEEN_ASSIGN(const auto lock, at(directory, target::TargetDirectory::lock(directory)));
    SHEEN_TRY(destroy_target(directory, contents, names));
  }
  SHEEN_TRY(keep_others_out(directory));
  return at(directory, config.save(directory));
}

bool is_on_supported_filesystem(const std::string& directory) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) != 0) return true;
  return info.f_type == EXT4_SUPER_MAGIC || info.f_type == kXfsMagic;
}

}  // namespace sheen::cli
