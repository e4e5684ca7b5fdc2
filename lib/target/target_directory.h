// SPDX-License-Identifier: Apache-2.0
#pragma once

// TargetDirectory: the exclusive hold on a target's directory. A flock(2) on its file LOCK keeps a
// second process of this host away for as long as this object lives. Lane thread.

#include <memory>
#include <string>

#include "lib/base/result.h"

namespace sheen::target {

class TargetDirectory {
 public:
  // kLocked: another process serves this target here.
  static Result<std::unique_ptr<TargetDirectory>> lock(const std::string& path);
  ~TargetDirectory();
  TargetDirectory(const TargetDirectory&) = delete;
  TargetDirectory& operator=(const TargetDirectory&) = delete;

 private:
  explicit TargetDirectory(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace sheen::target
