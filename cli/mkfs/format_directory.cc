// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "cli/mkfs/format.h"
#include "lib/target/target_directory.h"

namespace sheen::cli {
namespace {

namespace fs = std::filesystem;

// What an empty file system holds, or what an mkfs that died left.
bool is_nothing(const std::string& name) {
  return name == "lost+found" || name == "target.toml.new";
}

struct Contents {
  bool any = false;
  bool target = false;
};

Outcome<Contents> look_into(const std::string& directory) {
  Contents contents;
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    contents.any = contents.any || !is_nothing(name);
    contents.target = contents.target || name == "target.toml";
  }
  if (error) return complain(errno_error(error.value(), "cannot be read"), directory);
  return contents;
}

Outcome<void> make_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0755) == 0) return {};
  if (errno == ENOENT)
    return complain(errno_error(errno, "cannot be made"), directory, "make its parent first");
  if (errno != EEXIST) return complain(errno_error(errno, "cannot be made"), directory);
  struct stat info {};
  if (::stat(directory.c_str(), &info) == 0 && !S_ISDIR(info.st_mode))
    return Complaint{kExitFailed, "it is not a directory", directory,
                     "give a directory, or a block device with --device"};
  return {};
}

// Mounts below it are somebody else's data.
Outcome<void> refuse_mounts_inside(const std::string& directory) {
  struct stat top {};
  if (::stat(directory.c_str(), &top) != 0)
    return complain(errno_error(errno, "cannot be looked at"), directory);
  std::error_code error;
  fs::recursive_directory_iterator entries(directory, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    struct stat info {};
    if (::lstat(entries->path().c_str(), &info) == 0 && info.st_dev != top.st_dev)
      return Complaint{kExitFailed, fmt::format("{} is mounted in it", entries->path().string()),
                       directory, "unmount that first"};
  }
  if (error) return complain(errno_error(error.value(), "cannot be read"), directory);
  return {};
}

Outcome<void> destroy_target(const std::string& directory) {
  // A server that runs holds the lock.
  SHEEN_ASSIGN(const auto lock, at(directory, target::TargetDirectory::lock(directory)));
  SHEEN_TRY(refuse_mounts_inside(directory));
  std::error_code error;
  // First of all, so that a half-destroyed target is none.
  fs::remove(directory + "/target.toml", error);
  for (fs::directory_iterator entries(directory, error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    if (entries->path().filename() == "lost+found") continue;
    fs::remove_all(entries->path(), error);
    if (error) break;
  }
  if (error) return complain(errno_error(error.value(), "cannot be emptied"), directory);
  return {};
}

}  // namespace

Outcome<void> format_directory(const std::string& directory, const target::TargetConfig& config,
                               bool reformat) {
  SHEEN_TRY(make_directory(directory));
  SHEEN_ASSIGN(const Contents contents, look_into(directory));
  if (contents.target && !reformat) {
    const auto known = target::TargetConfig::load(directory);
    return Complaint{
        kExitFailed,
        fmt::format("it holds {} already", known ? known->label.to_string() : "a Sheen target"),
        directory, "choose another directory, or destroy that target with --reformat"};
  }
  if (contents.any && !contents.target)
    return Complaint{kExitFailed, "it holds data that is no Sheen target", directory,
                     "choose an empty directory"};
  if (contents.target) SHEEN_TRY(destroy_target(directory));
  return at(directory, config.save(directory));
}

}  // namespace sheen::cli
