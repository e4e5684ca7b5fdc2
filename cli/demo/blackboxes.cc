// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/blackboxes.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

namespace sheen::cli::demo {

namespace fs = std::filesystem;

void prune_blackboxes(const std::string& directory, size_t keep) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  for (fs::directory_iterator entries(directory, error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    if (entries->path().extension() != ".blackbox") continue;
    std::error_code gone;
    const auto written = entries->last_write_time(gone);
    if (!gone) files.emplace_back(written, entries->path());
  }
  if (files.size() <= keep) return;
  std::sort(files.begin(), files.end());
  files.resize(files.size() - keep);
  for (const auto& [written, path] : files) fs::remove(path, error);
}

}  // namespace sheen::cli::demo
