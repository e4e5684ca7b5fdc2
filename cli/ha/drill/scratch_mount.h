// SPDX-License-Identifier: Apache-2.0
#pragma once

// ScratchMount: a directory on a file system to work in: on a mount of its own, or on one that is
// there. Both are gone when it is, unless the file system does not answer: then the directory stays
// behind, and what waits for the mount's answers gets errors. One thread.

#include <memory>
#include <string>

#include "cli/outcome.h"
#include "cli/process.h"

namespace sheen::cli {

class ScratchMount {
 public:
  // `source`: "mgs1:mgs2:/demo". `mountpoint`: where it is mounted already; empty: nowhere.
  static Outcome<std::unique_ptr<ScratchMount>> make(const std::string& source,
                                                     const std::string& mountpoint,
                                                     const Patience& patience);
  ~ScratchMount();
  ScratchMount(const ScratchMount&) = delete;
  ScratchMount& operator=(const ScratchMount&) = delete;

  // Nobody else's, and not made yet: that could wait for ever.
  const std::string& directory() const { return directory_; }

 private:
  ScratchMount() = default;

  std::string own_mountpoint_;  // empty: none
  std::string directory_;
};

}  // namespace sheen::cli
