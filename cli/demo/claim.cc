// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/claim.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

bool has_marker(const Layout& layout) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(layout.marker(), error));
}

Outcome<bool> is_absent_or_empty(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error) && !error) return true;
  const bool empty = !error && fs::is_directory(path, error) && fs::is_empty(path, error);
  if (error) return complain(errno_error(error.value(), "cannot be looked at"), path);
  return empty;
}

std::string how_to_adopt(const Layout& layout) {
  return fmt::format(
      "check --dir; if an earlier version of this program made a demo there, touch {}",
      layout.marker());
}

}  // namespace

Outcome<void> claim(const Layout& layout) {
  // The mount is given paths in it as options.
  if (layout.directory().find_first_of(",\"") != std::string::npos)
    return usage(fmt::format("'{}' holds a comma or a quote, which mount options cannot carry",
                             layout.directory()),
                 "choose another --dir");
  if (has_marker(layout)) return {};
  for (const std::string& path : {layout.targets(), layout.run(), layout.log()}) {
    SHEEN_ASSIGN(const bool free, is_absent_or_empty(path));
    if (!free)
      return Complaint{kExitFailed, "there is something already that is no demo's", path,
                       how_to_adopt(layout)};
  }
  std::error_code error;
  fs::create_directories(layout.directory(), error);
  if (error)
    return complain(errno_error(error.value(), "cannot be made"), layout.directory(),
                    "check --dir");
  std::ofstream marker(layout.marker());
  marker << "sheen demo clean removes this directory's demo\n";
  marker.close();
  if (!marker) return complain(errno_error(errno, "cannot be written"), layout.marker());
  return {};
}

Outcome<bool> is_claimed(const Layout& layout) {
  if (has_marker(layout)) return true;
  SHEEN_ASSIGN(const bool nothing, is_absent_or_empty(layout.directory()));
  if (nothing) return false;
  return Complaint{kExitFailed, "it is no demo", layout.directory(), how_to_adopt(layout)};
}

}  // namespace sheen::cli::demo
