// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/layout.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

std::string program_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::kMgt: return "sheen-mgs";
    case TargetKind::kMdt: return "sheen-mds";
    case TargetKind::kOst: return "sheen-oss";
  }
  return "?";
}

}  // namespace

Outcome<Layout> Layout::at(const std::string& directory) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(directory, error), error);
  if (error || directory.empty())
    return usage(fmt::format("'{}' is no directory", directory), "check --dir");
  if (!path.has_filename()) path = path.parent_path();
  return Layout(path.string());
}

ProcessIdentity Layout::supervisor_identity() const {
  return {fs::path(own_program()).filename().string(), directory_};
}

Outcome<std::vector<Server>> Layout::servers() const {
  std::vector<Server> servers;
  std::error_code error;
  for (fs::directory_iterator entries(targets(), error);
       !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string path = entries->path().string();
    SHEEN_ASSIGN(const auto config,
                 cli::at(path, target::TargetConfig::load(path), "sheen demo clean starts afresh"));
    Server server;
    server.label = config.label.to_string();
    server.program = program_of(config.label.kind);
    server.directory = path;
    server.pid_file = fmt::format("{}/{}.pid", run(), server.label);
    server.log_file = fmt::format("{}/{}.log", log(), server.label);
    server.output_file = fmt::format("{}/{}.out.log", log(), server.label);
    server.port = config.port;
    server.kind = config.label.kind;
    servers.push_back(std::move(server));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return complain(errno_error(error.value(), "cannot be read"), targets());
  std::sort(servers.begin(), servers.end(), [](const Server& a, const Server& b) {
    return std::tie(a.kind, a.label) < std::tie(b.kind, b.label);
  });
  return servers;
}

}  // namespace sheen::cli::demo
