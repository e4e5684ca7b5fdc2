// SPDX-License-Identifier: Apache-2.0
#pragma once

// TargetDirectory: the exclusive hold on a target's directory. A flock(2) on its file LOCK keeps a
// second process of this host away for as long as this object lives. Lane thread.

#include <memory>
#include <string>
#include <utility>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace sheen::target {

class TargetDirectory {
 public:
  // kLocked: another process serves this target here.
  static Result<std::unique_ptr<TargetDirectory>> lock(const std::string& path);

 private:
  explicit TargetDirectory(UniqueFd lock) : lock_(std::move(lock)) {}
  UniqueFd lock_;
};

}  // namespace sheen::target
