// SPDX-License-Identifier: Apache-2.0
// libFuzzer's way into RequestStorm.
#include <csignal>
#include <cstdint>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "tests/fuzz/bounded_files.h"
#include "tests/fuzz/request_storm.h"
#include "tests/support/temporary_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sheen;
  log::set_level(log::Level::kError);
  fuzz::bound_files();
  const auto directory = TemporaryDirectory::in_memory();
  fuzz::RequestStorm storm(directory.path(), SHEEN_SCHEMAS);
  const fuzz::StormResult result = storm.run(fuzz::Input({data, size}));
  for (const std::string& failure : result.failures) fprintf(stderr, "%s\n", failure.c_str());
  SHEEN_ASSERT(result.failures.empty());
  return 0;
}
