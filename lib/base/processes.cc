// SPDX-License-Identifier: Apache-2.0
#include "lib/base/processes.h"

#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace sheen {

namespace fs = std::filesystem;

std::vector<pid_t> all_processes() {
  std::vector<pid_t> out;
  std::error_code error;
  for (fs::directory_iterator entries("/proc", error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    pid_t pid = 0;
    const auto [end, no_number] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (no_number == std::errc() && end == name.data() + name.size()) out.push_back(pid);
  }
  return out;
}

std::vector<std::string> command_line(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');)
    arguments.push_back(std::move(argument));
  return arguments;
}

std::string executable_of(pid_t pid) {
  std::error_code error;
  std::string path = fs::read_symlink(fmt::format("/proc/{}/exe", pid), error).string();
  constexpr std::string_view kReplaced = " (deleted)";
  if (path.ends_with(kReplaced)) path.resize(path.size() - kReplaced.size());
  return path;
}

}  // namespace sheen
