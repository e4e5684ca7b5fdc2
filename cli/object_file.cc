// SPDX-License-Identifier: Apache-2.0
#include "cli/object_file.h"

#include <fmt/format.h>

namespace sheen::cli {
namespace {

constexpr uint32_t kSubdirectories = 32;  // oss/store/object_files.cc

}  // namespace

std::string object_file(const ObjectId& object) {
  return fmt::format("O/{:x}/d{}/{:x}.{:x}.{:x}", object.fid.sequence(),
                     object.fid.object() % kSubdirectories, object.fid.object(), object.component,
                     object.stripe);
}

}  // namespace sheen::cli
