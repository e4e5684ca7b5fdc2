// SPDX-License-Identifier: Apache-2.0
#pragma once

// How often the kernel asked for what. Owned and written by the reactor; printed on SIGUSR1, where
// tests look for requests that must not happen (a GETXATTR before each write, for one).

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "client-fuse/uapi.h"

namespace sheen::fuse {

class Counters {
 public:
  void count(uint32_t opcode) { ++requests_[opcode < requests_.size() ? opcode : 0]; }
  void count_read(uint64_t bytes) { read_bytes_ += bytes; }
  void count_written(uint64_t bytes) { written_bytes_ += bytes; }

  uint64_t requests(uint32_t opcode) const {
    return opcode < requests_.size() ? requests_[opcode] : 0;
  }
  // "LOOKUP=3 GETXATTR=0 ..." and "read_bytes=0 written_bytes=0": every operation that the mount
  // knows, so that "never asked" can be told from "not counted". In lines that a log does not cut.
  std::vector<std::string> to_lines() const;

 private:
  std::array<uint64_t, uapi::kOpcodeEnd> requests_{};  // [0]: unknown opcodes
  uint64_t read_bytes_ = 0;
  uint64_t written_bytes_ = 0;
};

}  // namespace sheen::fuse
