// SPDX-License-Identifier: Apache-2.0
#pragma once

// Background: going into the background with an honest exit code. detach() forks; the parent stays
// until the child calls ready() (exit code 0) or ends without (exit code 1), so that whoever
// started the daemon knows that it serves. Must be called before any thread or ZeroMQ context
// exists.

#include <optional>
#include <string>

namespace sheen::target {

class Background {
 public:
  ~Background();
  // In the parent: its exit code. In the child: nothing.
  std::optional<int> detach();
  void ready();
  // One line for whoever started the daemon: stderr, which the child keeps until ready().
  static void report(const std::string& line);

 private:
  int ready_fd_ = -1;
};

}  // namespace sheen::target
