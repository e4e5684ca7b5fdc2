// SPDX-License-Identifier: Apache-2.0
#pragma once

// SelfCheck: what a target's process finds out about its own storage, on a thread of its own, so
// that a monitor only reads it and nobody else waits if the storage hangs: how full its file system
// is, every few seconds, and, when asked, whether something written can be made durable and read
// back. Made and ended by the control thread; every member function may be called by any thread.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "lib/base/result.h"

namespace sheen::target {

struct SelfCheckResult {
  uint32_t used_percent = 0;  // of the file system's space, as df counts
  uint64_t probes = 0;        // that were ended
  std::string probe_error;    // of the last; "": it went well
};

class SelfCheck {
 public:
  explicit SelfCheck(std::string directory);
  ~SelfCheck();

  void request_probe();
  SelfCheckResult result() const;

  // "": nothing is wrong with being that full.
  static std::string fullness_warning(uint32_t used_percent);

 private:
  void loop();
  void look_at_space();
  Status probe() const;

  const std::string directory_;
  mutable std::mutex mutex_;  // guards what follows; not held while the storage works
  std::condition_variable changed_;
  SelfCheckResult result_;
  bool probe_wanted_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sheen::target
