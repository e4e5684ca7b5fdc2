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

// None if there is no such directory.
Outcome<std::vector<fs::path>> entries_of(const std::string& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entries(directory, error);
       !error && entries != fs::directory_iterator(); entries.increment(error))
    paths.push_back(entries->path());
  if (error && error != std::errc::no_such_file_or_directory)
    return complain(errno_error(error.value(), "cannot be read"), directory);
  return paths;
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

Server Layout::server_of(const TargetLabel& label) const {
  Server server;
  server.label = label.to_string();
  server.program = program_of(label.kind);
  server.pid_file = fmt::format("{}/{}.pid", run(), server.label);
  server.log_file = fmt::format("{}/{}.log", log(), server.label);
  server.output_file = fmt::format("{}/{}.out.log", log(), server.label);
  server.kind = label.kind;
  return server;
}

Outcome<std::vector<Server>> Layout::servers() const {
  std::vector<Server> servers;
  SHEEN_ASSIGN(const auto paths, entries_of(targets()));
  for (const fs::path& path : paths) {
    std::error_code error;
    if (!fs::exists(path / "target.toml", error)) continue;
    SHEEN_ASSIGN(const auto config,
                 cli::at(path.string(), target::TargetConfig::load(path.string()),
                         "sheen demo clean starts afresh"));
    Server server = server_of(config.label);
    server.directory = path.string();
    server.port = config.port;
    servers.push_back(std::move(server));
  }
  std::sort(servers.begin(), servers.end(), [](const Server& a, const Server& b) {
    return std::tie(a.kind, a.label) < std::tie(b.kind, b.label);
  });
  return servers;
}

std::vector<Server> Layout::started() const {
  std::vector<Server> servers;
  const auto paths = entries_of(run());
  if (!paths) return servers;  // what cannot be listed has no pid files either
  for (const fs::path& path : *paths)
    if (const auto label = TargetLabel::parse(path.stem().string());
        label && path.extension() == ".pid")
      servers.push_back(server_of(*label));
  return servers;
}

}  // namespace sheen::cli::demo
