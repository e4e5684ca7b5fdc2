// SPDX-License-Identifier: Apache-2.0
#pragma once

// OwnerRecord: who serves a target, written by that process into the file OWNER of the target's
// directory, again and again. A process on another node that can reach the same storage sees by it
// that the target is being served (the idea of ext4's multi-mount protection). OwnerFile reads and
// writes it past the page cache, which the other node does not share. Values; OwnerFile: one thread
// at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/base/result.h"

namespace sheen::target {

struct OwnerRecord {
  Uuid instance;     // of the process's life
  std::string node;  // host name
  std::string boot;  // its boot id
  uint32_t pid = 0;
  Epoch epoch = 0;    // 0: not known yet
  uint64_t beat = 0;  // rises as long as it lives
  uint32_t interval_ms = 0;
  bool released = false;  // it has ended in order

  std::string to_text() const;
  // nullopt: no record, or half of one.
  static std::optional<OwnerRecord> parse(std::string_view text);
  std::string holder() const;  // "oss1 (process 4711, epoch 7)"
};

class OwnerFile {
 public:
  // Makes the file if it is not there; what is in it stays.
  static Result<std::unique_ptr<OwnerFile>> open(const std::string& directory);
  ~OwnerFile();
  OwnerFile(const OwnerFile&) = delete;
  OwnerFile& operator=(const OwnerFile&) = delete;

  Result<std::optional<OwnerRecord>> read();
  Status write(const OwnerRecord& record);

 private:
  struct Block;
  OwnerFile(std::string path, int fd);

  std::string path_;
  int fd_;
  std::unique_ptr<Block> block_;
};

}  // namespace sheen::target
