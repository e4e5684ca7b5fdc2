// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/neighbours.h"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/processes.h"
#include "lib/base/unique_fd.h"
#include "lib/target/admin_client.h"

namespace sheen::cli::demo {
namespace {

constexpr int kAnswerMs = 1000;

// Of a server that hangs, too: its admin socket is there.
bool is_served(const std::string& label) {
  return target::ask_admin(label, "ping", kAnswerMs).code() != Errc::kNotConnected;
}

// As the server would find out. What else keeps it from listening is its own to say.
bool is_taken(uint16_t port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.good()) return false;
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == EADDRINUSE;
}

// An OST's bulk port is the next one.
std::vector<uint16_t> ports_of(const Server& server) {
  std::vector<uint16_t> ports = {server.port};
  if (server.kind == TargetKind::kOst) ports.push_back(static_cast<uint16_t>(server.port + 1));
  return ports;
}

// The directories of the demos whose supervisors run.
std::vector<std::string> running_demos() {
  std::vector<std::string> directories;
  for (const pid_t pid : all_processes()) {
    const auto arguments = command_line(pid);
    if (arguments.size() < 5 || arguments[1] != "demo" || arguments[2] != "supervise") continue;
    const auto layout = Layout::at(arguments[4]);
    if (layout && is_process(pid, layout->supervisor_identity()))
      directories.push_back(arguments[4]);
  }
  return directories;
}

Complaint taken(const Layout& layout, const Server& server, const std::string& what,
                const std::string& advice) {
  for (const std::string& directory : running_demos()) {
    if (directory == layout.directory()) continue;
    const auto other = Layout::at(directory);
    if (!other) continue;
    const auto theirs = other->servers();
    if (!theirs) continue;
    const bool same = std::any_of(theirs->begin(), theirs->end(), [&](const Server& s) {
      return s.label == server.label || s.port == server.port;
    });
    if (same)
      return {
          kExitFailed,
          fmt::format("a demo runs on this host already, in {}", directory),
          {},
          fmt::format("one can run at a time; take that one down first (sheen demo down --dir {})",
                      directory)};
  }
  return {kExitFailed, what, layout.directory(), advice};
}

}  // namespace

Outcome<void> check_neighbours(const Layout& layout, const std::vector<Server>& wanted) {
  for (const Server& server : wanted) {
    if (running(server.pid_file, server.identity())) continue;  // our own
    if (is_served(server.label))
      return taken(layout, server, fmt::format("{} is served on this host already", server.label),
                   "end its servers, or choose another --fsname and --base-port");
    for (const uint16_t port : ports_of(server))
      if (is_taken(port))
        return taken(
            layout, server,
            fmt::format("port {} of 127.0.0.1, which {} needs, is taken", port, server.label),
            "end who uses it, or choose another --base-port");
  }
  return {};
}

}  // namespace sheen::cli::demo
