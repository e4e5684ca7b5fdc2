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

}  // namespace

Outcome<void> check_claim(const Layout& layout) {
  // The mount is given paths in it as options.
  if (layout.directory().find_first_of(",\"") != std::string::npos)
    return usage(fmt::format("'{}' holds a comma or a quote, which mount options cannot carry",
                             layout.directory()),
                 "choose another --dir");
  if (has_marker(layout)) return {};
  SHEEN_ASSIGN(const bool free, is_absent_or_empty(layout.directory()));
  if (free) return {};
  return Complaint{kExitFailed, "it is not empty and no demo", layout.directory(),
                   "choose a new or empty directory with --dir"};
}

Outcome<void> claim(const Layout& layout) {
  if (has_marker(layout)) return {};
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
  return Complaint{kExitFailed, "it is not empty and no demo", layout.directory(), "check --dir"};
}

}  // namespace sheen::cli::demo
