// SPDX-License-Identifier: Apache-2.0
#pragma once

// SharedRegister: what processes on several mounts write to and read from one place of one file.
// Every write has a value of its own, so a read tells which write it saw, and must not have seen
// one that was answered before another began that was itself answered before the read did: that
// one's value was overwritten, and came back.

#include <cstdint>
#include <map>

namespace sheen::sim {

class SharedRegister {
 public:
  // The number of a moment, for read().
  uint64_t now() { return ++clock_; }
  // A value that nobody wrote yet.
  uint64_t begin_write() {
    writes_[++values_] = {now(), 0};
    return values_;
  }
  void end_write(uint64_t value) { writes_[value].answered = now(); }
  // May a read that began at that moment have seen the value? 0: what is there before any write.
  bool explains(uint64_t value, uint64_t began) const {
    const auto seen = writes_.find(value);
    if (value != 0 && seen == writes_.end()) return false;
    for (const auto& [other, write] : writes_) {
      if (other == value || write.answered == 0 || write.answered > began) continue;
      if (value == 0) return false;
      if (seen->second.answered != 0 && seen->second.answered < write.began) return false;
    }
    return true;
  }

 private:
  struct Write {
    uint64_t began = 0;
    uint64_t answered = 0;  // 0: not yet
  };
  uint64_t clock_ = 0;
  uint64_t values_ = 0;
  std::map<uint64_t, Write> writes_;
};

}  // namespace sheen::sim
