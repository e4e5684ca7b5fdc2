// SPDX-License-Identifier: Apache-2.0
#pragma once

// ScratchMount: a directory on a file system to work in: on a mount of its own, or on one that is
// there. Both are gone when it is. One thread.

#include <memory>
#include <string>

#include "cli/outcome.h"

namespace sheen::cli {

class ScratchMount {
 public:
  // `source`: "mgs1:mgs2:/demo". `mountpoint`: where it is mounted already; empty: nowhere.
  static Outcome<std::unique_ptr<ScratchMount>> make(const std::string& source,
                                                     const std::string& mountpoint);
  ~ScratchMount();
  ScratchMount(const ScratchMount&) = delete;
  ScratchMount& operator=(const ScratchMount&) = delete;

  const std::string& directory() const { return directory_; }
  // The file system does not answer: what would wait for it is not tried any more. The directory
  // stays behind.
  void abandon() { abandoned_ = true; }

 private:
  ScratchMount() = default;

  std::string own_mountpoint_;  // empty: none
  std::string directory_;
  bool abandoned_ = false;
};

}  // namespace sheen::cli
