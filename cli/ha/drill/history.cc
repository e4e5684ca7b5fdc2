// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/history.h"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/unique_fd.h"

namespace sheen::cli {

Json DrillRecord::to_json() const {
  return Json::object()
      .set("when", when)
      .set("target", target)
      .set("kind", kind)
      .set("from", from)
      .set("to", to)
      .set("longest_ms", longest_ms)
      .set("limit_ms", limit_ms)
      .set("uses", uses)
      .set("error", error)
      .set("passed", passed);
}

Outcome<void> remember(const std::string& path, const DrillRecord& record) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd.good()) return complain(errno_error(errno, "cannot be opened"), path);
  const std::string line = record.to_json().to_string(false) + "\n";
  if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return complain(errno_error(errno, "cannot be written"), path);
  return {};
}

std::vector<DrillRecord> remembered(const std::string& path) {
  std::vector<DrillRecord> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto json = Json::parse(line);
    if (!json || (*json)["target"].text().empty()) continue;
    DrillRecord& record = out.emplace_back();
    record.when = (*json)["when"].text();
    record.target = (*json)["target"].text();
    record.kind = (*json)["kind"].text();
    record.from = (*json)["from"].text();
    record.to = (*json)["to"].text();
    record.longest_ms = (*json)["longest_ms"].number();
    record.limit_ms = (*json)["limit_ms"].number();
    record.uses = static_cast<uint64_t>((*json)["uses"].number());
    record.error = (*json)["error"].text();
    record.passed = (*json)["passed"].flag();
  }
  return out;
}

}  // namespace sheen::cli
