// SPDX-License-Identifier: Apache-2.0
#pragma once

// ConfigStore: the MGS's tables together. Whoever changes one of them raises the file system's
// version with touch() in the same transaction: equal versions mean equal configurations.
// Lane thread; part of the current transaction.

#include <memory>
#include <string>

#include "mgs/store/filesystem_table.h"
#include "mgs/store/param_table.h"
#include "mgs/store/sequence_table.h"
#include "mgs/store/target_table.h"

namespace sheen::mgs {

class ConfigStore {
 public:
  static Result<std::unique_ptr<ConfigStore>> open(store::Database& database);

  FilesystemTable& filesystems() { return filesystems_; }
  TargetTable& targets() { return targets_; }
  ParamTable& params() { return params_; }
  SequenceTable& sequences() { return sequences_; }

  // kNotConfigured, naming those that exist, if there is no such file system.
  Result<FilesystemRow> require(std::string_view fsname);
  // Everything about one file system; null if there is none of that name.
  Result<std::unique_ptr<wire::FsConfigT>> read(std::string_view fsname);
  // Raises the version, making the file system's row if this is its first change.
  Result<uint64_t> touch(std::string_view fsname);

 private:
  ConfigStore(FilesystemTable filesystems, TargetTable targets, ParamTable params,
              SequenceTable sequences)
      : filesystems_(std::move(filesystems)),
        targets_(std::move(targets)),
        params_(std::move(params)),
        sequences_(std::move(sequences)) {}

  FilesystemTable filesystems_;
  TargetTable targets_;
  ParamTable params_;
  SequenceTable sequences_;
};

}  // namespace sheen::mgs
