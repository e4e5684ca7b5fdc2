// SPDX-License-Identifier: Apache-2.0
#pragma once

// Table `sequence_range`: which MDT owns which sequences (the FLDB). A range that continues the one
// before it for the same MDT is joined to it, so that restarts do not make the table grow.
// Lane thread; part of the current transaction.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/store/database.h"
#include "lib/wire/codec.h"

namespace sheen::mgs {

class SequenceTable {
 public:
  static Result<SequenceTable> open(store::Database& database);

  Result<std::vector<std::unique_ptr<wire::SequenceRangeT>>> list(std::string_view fsname);
  // `first` must be behind every range of the file system.
  Status append(std::string_view fsname, uint32_t first, uint32_t count, uint16_t mdt);

 private:
  store::Statement list_;
  store::Statement last_;
  store::Statement put_;
};

}  // namespace sheen::mgs
