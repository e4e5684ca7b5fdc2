// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who serves a target, in two blocks of the file OWNER of the target's directory.
//
// OwnerRecord: written by the process that serves, again and again. A process on another node that
// can reach the same storage sees by it that the target is being served (the idea of ext4's
// multi-mount protection).
//
// OwnerClaim: written once, by the process that takes the target. It says who the owner is: a beat
// of the record that was under way when its node stood still may arrive years later, and must not
// make its writer the owner again.
//
// OwnerFile reads and writes both past the page cache, which the other node does not share.
// Values; OwnerFile: one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

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

struct OwnerClaim {
  Uuid instance;
  std::string node;
  uint32_t pid = 0;

  std::string to_text() const;
  // nullopt: no claim, or half of one.
  static std::optional<OwnerClaim> parse(std::string_view text);
  std::string holder() const;  // "oss1 (process 4711)"
};

class OwnerFile {
 public:
  // Makes the file if it is not there; what is in it stays.
  static Result<std::unique_ptr<OwnerFile>> open(const std::string& directory);
  ~OwnerFile();

  Result<std::optional<OwnerRecord>> read();
  Status write(const OwnerRecord& record);
  Result<std::optional<OwnerClaim>> read_claim();
  Status write_claim(const OwnerClaim& claim);

 private:
  struct Block;
  OwnerFile(std::string path, UniqueFd file);
  Result<std::string_view> read_block(int number);
  Status write_block(int number, std::string_view text);

  std::string path_;
  UniqueFd file_;
  std::unique_ptr<Block> block_;
};

}  // namespace sheen::target
