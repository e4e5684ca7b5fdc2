// SPDX-License-Identifier: Apache-2.0
#include "lib/base/mountinfo.h"

#include <fstream>
#include <sstream>

namespace sheen {
namespace {

// Space, tab, newline and backslash stand there as three octal digits.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        text.substr(i + 1, 3).find_first_not_of("01234567") == std::string::npos;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                             (text[i + 3] - '0'));
    i += 3;
  }
  return out;
}

}  // namespace

Result<std::string> read_mountinfo() {
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error(Errc::kIo, "/proc/self/mountinfo");
  return text.str();
}

std::vector<MountRow> parse_mount_rows(std::string_view mountinfo) {
  std::vector<MountRow> rows;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // "36 35 0:53 / /mnt/demo rw,relatime shared:1 - fuse.sheen mgs1:/demo rw,..."
    std::istringstream words(line);
    std::string skipped;
    MountRow row;
    words >> skipped >> skipped >> row.device >> skipped >> row.mountpoint;
    while (words >> skipped && skipped != "-") continue;
    if (!(words >> row.type >> row.source)) continue;
    row.mountpoint = unescape(row.mountpoint);
    row.source = unescape(row.source);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace sheen
