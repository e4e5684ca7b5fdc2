// SPDX-License-Identifier: Apache-2.0
#pragma once

// TemporaryDirectory: a new directory, removed with its content at the end. A run that is killed
// leaves one behind, named sheen-*.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/assert.h"

namespace sheen {

class TemporaryDirectory {
 public:
  // In memory, for tests that do not test the disk.
  static TemporaryDirectory in_memory() { return TemporaryDirectory("/dev/shm"); }
  // Not on tmpfs, which lacks some fallocate modes.
  static TemporaryDirectory on_disk() {
    const char* base = std::getenv("TMPDIR");
    return TemporaryDirectory(base != nullptr ? base : "/var/tmp");
  }
  // Under TMPDIR.
  TemporaryDirectory() : TemporaryDirectory(std::filesystem::temp_directory_path()) {}
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  // Relative paths of everything in it that is not a directory, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      if (!entry.is_directory()) out.push_back(std::filesystem::relative(entry.path(), path_));
    std::ranges::sort(out);
    return out;
  }

 private:
  explicit TemporaryDirectory(const std::filesystem::path& parent)
      : path_(parent / "sheen-XXXXXX") {
    SHEEN_ASSERT(mkdtemp(path_.data()) != nullptr);
  }

  std::string path_;
};

}  // namespace sheen
