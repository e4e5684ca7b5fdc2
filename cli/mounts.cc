// SPDX-License-Identifier: Apache-2.0
#include "cli/mounts.h"

#include <fstream>
#include <sstream>

namespace sheen::cli {
namespace {

constexpr std::string_view kType = "fuse.sheen";

struct Line {
  std::string mountpoint;
  std::string type;
  std::string source;
};

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

// "36 35 0:53 / /mnt/demo rw,relatime shared:1 - fuse.sheen mgs1:/demo rw,..."
std::vector<Line> parse_lines(std::string_view mountinfo) {
  std::vector<Line> lines;
  std::istringstream text{std::string(mountinfo)};
  for (std::string row; std::getline(text, row);) {
    std::istringstream words(row);
    std::string skipped;
    Line line;
    words >> skipped >> skipped >> skipped >> skipped >> line.mountpoint;
    while (words >> skipped && skipped != "-") continue;
    if (!(words >> line.type >> line.source)) continue;
    line.mountpoint = unescape(line.mountpoint);
    line.source = unescape(line.source);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::optional<Mount> to_mount(const Line& line) {
  if (line.type != kType) return std::nullopt;
  auto spec = client::MountSpec::parse(line.source);
  if (!spec) return std::nullopt;
  return Mount{std::move(*spec), line.mountpoint};
}

bool lies_under(std::string_view path, std::string_view mountpoint) {
  if (mountpoint == "/") return true;
  return path.starts_with(mountpoint) &&
         (path.size() == mountpoint.size() || path[mountpoint.size()] == '/');
}

Result<std::string> read_mountinfo() {
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error(Errc::kIo, "/proc/self/mountinfo");
  return text.str();
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const Line& line : parse_lines(mountinfo))
    if (auto mount = to_mount(line)) mounts.push_back(std::move(*mount));
  return mounts;
}

Result<std::vector<Mount>> sheen_mounts() {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return parse_mountinfo(text);
}

std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view real_path) {
  const Line* best = nullptr;
  const std::vector<Line> lines = parse_lines(mountinfo);
  for (const Line& line : lines)  // of equals the later one, which lies on top
    if (lies_under(real_path, line.mountpoint) &&
        (best == nullptr || line.mountpoint.size() >= best->mountpoint.size()))
      best = &line;
  return best == nullptr ? std::nullopt : to_mount(*best);
}

Result<std::optional<Mount>> mount_of(std::string_view real_path) {
  SHEEN_ASSIGN(const std::string text, read_mountinfo());
  return mount_of(text, real_path);
}

bool is_mountpoint(const std::string& path) {
  const auto text = read_mountinfo();
  if (!text) return false;
  for (const Line& line : parse_lines(*text))
    if (line.mountpoint == path) return true;
  return false;
}

}  // namespace sheen::cli
