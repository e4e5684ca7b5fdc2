// SPDX-License-Identifier: Apache-2.0
#pragma once

// Daemonizer: mount.sheen's way into the background. The process forks before anything else exists
// (a ZeroMQ context does not survive a fork); the child does all the work and says how it went; the
// parent waits for that, so that mount(8) ends when the file system can be used, and not before.
// Main thread only.

#include <string>

#include "lib/base/result.h"

namespace sheen::fuse {

// mount(8)'s exit codes.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 1;
inline constexpr int kExitMountFailed = 32;

class Daemonizer {
 public:
  // Returns in the child, and in the foreground case in the only process. The parent never returns:
  // it prints the child's one line, if there is one, and ends with the child's exit code.
  static Result<Daemonizer> start(bool foreground);

  // To be called once: the mount works. The parent prints the line, if it is not empty, and ends;
  // standard error goes with it. False: the parent has ended already (Ctrl-C, a time limit), and
  // nobody wants the mount any more.
  bool report_success(const std::string& line);
  // What the parent is to print and end with; the caller ends the child with the same code.
  int report_failure(const std::string& line, int exit_code);
  // Has an error (poll(2)) once the parent has ended. -1 in the foreground.
  int parent_fd() const { return pipe_; }

 private:
  explicit Daemonizer(int pipe) : pipe_(pipe) {}
  int pipe_;  // -1 in the foreground
};

}  // namespace sheen::fuse
