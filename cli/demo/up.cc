// SPDX-License-Identifier: Apache-2.0
// sheen demo up: formats what is missing, starts the supervisor, waits until every server serves,
// mounts. Whatever is there already is left as it is, so it may be called again at any time.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/deadline.h"
#include "cli/demo/claim.h"
#include "cli/demo/demo.h"
#include "cli/demo/layout.h"
#include "cli/demo/neighbours.h"
#include "cli/demo/progress.h"
#include "cli/demo/stop.h"
#include "cli/filesystem.h"
#include "cli/mkfs/format.h"
#include "cli/mounts.h"
#include "lib/base/random.h"

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHost = "127.0.0.1";
constexpr int64_t kStartTimeoutNs = 30 * kSecond;
constexpr int kMountAnswerMs = 10'000;

Outcome<void> make_directories(const Layout& layout) {
  for (const std::string& path : {layout.targets(), layout.run(), layout.log()}) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return complain(errno_error(error.value(), "cannot be made"), path);
  }
  // Looking at what is mounted would wait for its servers.
  if (is_mountpoint(layout.mountpoint())) return {};
  std::error_code error;
  fs::create_directory(layout.mountpoint(), error);
  if (error) return complain(errno_error(error.value(), "cannot be made"), layout.mountpoint());
  return {};
}

// --- formatting

Outcome<std::string> choose_fsname(const std::vector<Server>& servers, const std::string& asked) {
  if (servers.empty()) {
    const std::string fsname = asked.empty() ? "demo" : asked;
    if (const Status good = check_fsname(fsname); !good)
      return usage(good.error().detail(), "check --fsname");
    return fsname;
  }
  const std::string there = TargetLabel::parse(servers.front().label)->fsname;
  if (asked.empty() || asked == there) return there;
  return usage(fmt::format("this demo's file system is called {}", there),
               "leave out --fsname, or choose another --dir");
}

// The usual ports, moved together.
uint16_t port_of(const TargetLabel& label, unsigned base_port) {
  const unsigned usual = rpc::default_port(label);
  return static_cast<uint16_t>(base_port == 0 ? usual : usual - rpc::kMgsPort + base_port);
}

struct Plan {
  std::string fsname;
  std::vector<Server> present;
  std::vector<Server> missing;
};

Outcome<Plan> make_plan(const Layout& layout, const Options& options) {
  Plan plan;
  SHEEN_ASSIGN(plan.present, layout.servers());
  SHEEN_ASSIGN(plan.fsname, choose_fsname(plan.present, options.fsname));
  unsigned base_port = options.base_port;
  if (!plan.present.empty() && plan.present.front().kind == TargetKind::kMgt)
    base_port = plan.present.front().port;
  std::vector<TargetLabel> wanted = {{plan.fsname, TargetKind::kMgt, 0},
                                     {plan.fsname, TargetKind::kMdt, 0}};
  for (unsigned i = 0; i < options.osts; ++i)
    wanted.push_back({plan.fsname, TargetKind::kOst, static_cast<uint16_t>(i)});
  for (const TargetLabel& label : wanted) {
    Server server = layout.server_of(label);
    const bool known = std::any_of(plan.present.begin(), plan.present.end(),
                                   [&](const Server& s) { return s.label == server.label; });
    if (known) continue;
    server.directory = fmt::format("{}/{}", layout.targets(), server.label);
    server.port = port_of(label, base_port);
    plan.missing.push_back(std::move(server));
  }
  return plan;
}

// Before anything is made. A supervisor that runs has the servers it knows in hand.
Outcome<void> check_host(const Layout& layout, const Plan& plan) {
  if (!running(layout.supervisor_pid_file(), layout.supervisor_identity()))
    SHEEN_TRY(check_neighbours(layout, plan.present));
  return check_neighbours(layout, plan.missing);
}

Outcome<void> format_missing(const Plan& plan, Progress& progress) {
  const Server& mgt = plan.present.empty() ? plan.missing.front() : plan.present.front();
  SystemRandom random;
  for (const Server& server : plan.missing) {
    target::TargetConfig config;
    config.label = *TargetLabel::parse(server.label);
    config.uuid = Uuid::generate(random);
    config.service_nodes = {kHost};
    config.port = server.port;
    if (server.kind != TargetKind::kMgt) config.mgs_nodes = {fmt::format("{}:{}", kHost, mgt.port)};
    progress.begin("formatting " + server.label);
    SHEEN_TRY(format_directory(server.directory, config, false));
    progress.end("done");
  }
  return {};
}

// --- servers

// Servers whose supervisor was killed run on; a new one cannot adopt them, so they are stopped.
void stop_orphans(const std::vector<Server>& servers, Progress& progress) {
  for (const Server& server : servers) {
    const auto pid = running(server.pid_file, server.identity());
    if (pid) {
      progress.line(
          fmt::format("  stopping {} (pid {}), which nobody supervises", server.label, *pid));
      stop_process(*pid, server.identity(), 10'000);
    }
    ::unlink(server.pid_file.c_str());
  }
}

struct Supervisor {
  pid_t pid = 0;
  bool is_new = false;
};

Outcome<Supervisor> ensure_supervisor(const Layout& layout, const std::vector<Server>& servers,
                                      const Options& options, Progress& progress) {
  const std::string pid_file = layout.supervisor_pid_file();
  if (const auto pid = running(pid_file, layout.supervisor_identity())) {
    if (options.unlock_unsafe &&
        !is_process(*pid, {layout.supervisor_identity().program, "--unlock-unsafe"}))
      return Complaint{kExitFailed, "the servers run without --unlock-unsafe", layout.directory(),
                       "take it down first (sheen demo down)"};
    ::kill(*pid, SIGHUP);  // there may be new targets
    return Supervisor{*pid, false};
  }
  stop_orphans(servers, progress);
  std::vector<std::string> arguments = {own_program(), "demo", "supervise", "--dir",
                                        layout.directory()};
  if (options.unlock_unsafe) arguments.emplace_back("--unlock-unsafe");
  SHEEN_ASSIGN(const pid_t pid, start_program(arguments, layout.supervisor_log()));
  return Supervisor{pid, true};
}

std::string last_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

bool pause_until(MonotonicNs deadline) {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return SystemClock().monotonic() < deadline;
}

Outcome<void> wait_for_server(const Layout& layout, const Server& server, pid_t supervisor,
                              MonotonicNs deadline, Progress& progress) {
  progress.begin("starting " + server.label);
  for (;;) {
    if (const auto pid = running(server.pid_file, server.identity())) {
      progress.end(fmt::format("serving, pid {}", *pid));
      return {};
    }
    if (has_ended(supervisor, layout.supervisor_identity())) {
      progress.end("failed");
      return Complaint{kExitFailed,
                       "the supervisor ended: " + last_line_of(layout.supervisor_log()),
                       layout.directory(), "see " + layout.supervisor_log()};
    }
    if (pause_until(deadline)) continue;
    progress.end("failed");
    const std::string why = last_line_of(server.output_file);
    return Complaint{kExitFailed, why.empty() ? "it does not start" : "it does not start: " + why,
                     server.label, "see " + server.log_file};
  }
}

// A server serves before it has registered; the mount wants them all to be known.
Outcome<void> wait_for_registration(const MgsPlace& mgs, size_t targets, MonotonicNs deadline,
                                    Progress& progress) {
  progress.begin("waiting for all targets to register");
  AdminSession session;
  size_t registered = 0;
  do {
    if (const auto map = fetch_map(session, mgs)) {
      registered = static_cast<size_t>(
          std::count_if(map->targets.begin(), map->targets.end(),
                        [](const rpc::TargetState& t) { return !t.info.control.empty(); }));
      if (registered >= targets) {
        progress.end("done");
        return {};
      }
    }
  } while (pause_until(deadline));
  progress.end("failed");
  return Complaint{kExitFailed,
                   fmt::format("only {} of {} targets are registered", registered, targets),
                   "MGS at " + mgs.to_string(), "see the servers' logs"};
}

// --- the mount

// What a client that died left behind. A mount of anybody else is not ours to take away.
Outcome<void> detach_dead_mount(const MountRow& mounted) {
  const std::string& mountpoint = mounted.mountpoint;
  if (mounted.type != kSheenFileSystem)
    return Complaint{kExitFailed,
                     fmt::format("{} ({}) is mounted there", mounted.source, mounted.type),
                     mountpoint, "unmount it, or choose another --dir"};
  SHEEN_ASSIGN(const int error, within_deadline(kMountAnswerMs, mountpoint, [&](SignOfLife&) {
                 struct statfs info {};
                 return ::statfs(mountpoint.c_str(), &info) == 0 ? 0 : errno;
               }));
  if (error != ENOTCONN)
    return Complaint{kExitFailed, "a mount that this demo did not make is there", mountpoint,
                     "unmount it, or choose another --dir"};
  if (::umount2(mountpoint.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0)
    return complain(errno_error(errno, "the mount of a dead client cannot be detached"),
                    mountpoint);
  return {};
}

// Afterwards there is our mount, or none.
Outcome<void> clear_mountpoint(const Layout& layout) {
  const std::string mountpoint = layout.mountpoint();
  for (;;) {  // several may lie on one another
    SHEEN_ASSIGN(const auto mounted, at(mountpoint, mounted_at(mountpoint)));
    if (!mounted) return {};
    if (mounted->type == kSheenFileSystem &&
        running(layout.client_pid_file(), layout.client_identity()))
      return {};
    SHEEN_TRY(detach_dead_mount(*mounted));
  }
}

Outcome<void> ensure_mount(const Layout& layout, const std::string& fsname, uint16_t mgs_port,
                           Progress& progress) {
  const std::string mountpoint = layout.mountpoint();
  progress.begin("mounting " + mountpoint);
  if (is_mountpoint(mountpoint)) {
    progress.end("is mounted");
    return {};
  }
  SHEEN_ASSIGN(const std::string program, find_program("mount.sheen", "build it first"));
  const client::MountSpec spec{{{kHost, mgs_port}}, fsname};
  SHEEN_ASSIGN(const ProgramResult result,
               run_program({program, spec.to_string(), mountpoint, "-o",
                            fmt::format("pidfile={},logfile={}", layout.client_pid_file(),
                                        layout.client_log())}));
  if (result.exit_code == 0) {
    progress.end("done");
    return {};
  }
  progress.end("failed");
  return Complaint{kExitFailed, "cannot be mounted: " + result.last_line(), mountpoint,
                   "see " + layout.client_log()};
}

// As a shell reads it back.
std::string quoted(const std::string& path) {
  if (path.find_first_of(" \t\n'\"\\$&;()<>|*?[]#~`!{}") == std::string::npos) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string what_next(const Layout& layout, const std::string& fsname) {
  const std::string program = quoted(own_program());
  const std::string mnt = quoted(layout.mountpoint());
  std::string text = fmt::format("\n{} is mounted at {}. Try:\n", fsname, mnt);
  const auto add = [&text](std::string_view meaning, std::string_view command) {
    text += fmt::format("  # {}\n  {}\n", meaning, command);
  };
  add("copy something in", fmt::format("cp -a /usr/include {}/", mnt));
  add("who serves what", fmt::format("{} status", program));
  add("where a file really is", fmt::format("{} explain {}/include/stdio.h", program, mnt));
  add("a file over all OSTs", fmt::format("{} setstripe --count -1 {}/wide", program, mnt));
  add("kill a server and watch it come back (log/supervisor.log)",
      fmt::format("kill -9 $(cat {}/{}-OST0000.pid)", quoted(layout.run()), fsname));
  add("stop; the data stays",
      fmt::format("{} demo down --dir {}", program, quoted(layout.directory())));
  return text;
}

// Where the MGS is, once all of them serve and the mount is there.
Outcome<MgsPlace> serve_and_mount(const Layout& layout, const std::string& fsname,
                                  const std::vector<Server>& servers, pid_t supervisor,
                                  Progress& progress) {
  const MonotonicNs deadline = SystemClock().monotonic() + kStartTimeoutNs;
  for (const Server& server : servers)
    SHEEN_TRY(wait_for_server(layout, server, supervisor, deadline, progress));
  const uint16_t mgs_port = servers.front().port;
  MgsPlace mgs;
  mgs.nodes = {fmt::format("{}:{}", kHost, mgs_port)};
  mgs.fsname = fsname;
  SHEEN_TRY(wait_for_registration(mgs, servers.size() - 1, deadline, progress));
  SHEEN_TRY(ensure_mount(layout, fsname, mgs_port, progress));
  return mgs;
}

}  // namespace

ExitOutcome up(const Context& context, const Options& options) {
  SHEEN_ASSIGN(const Layout layout, Layout::at(options.directory));
  Progress progress(context.json);
  progress.line(fmt::format("Sheen demo in {}", layout.directory()));
  SHEEN_TRY(check_claim(layout));
  SHEEN_ASSIGN(const Plan plan, make_plan(layout, options));
  SHEEN_TRY(check_host(layout, plan));
  SHEEN_TRY(claim(layout));
  SHEEN_TRY(clear_mountpoint(layout));
  SHEEN_TRY(make_directories(layout));
  SHEEN_TRY(format_missing(plan, progress));

  SHEEN_ASSIGN(const auto servers, layout.servers());
  SHEEN_ASSIGN(const Supervisor supervisor, ensure_supervisor(layout, servers, options, progress));
  const auto mgs = serve_and_mount(layout, plan.fsname, servers, supervisor.pid, progress);
  if (!mgs) {
    // Or it would try for ever. One that ran before has others to serve.
    if (supervisor.is_new) stop_servers(layout, supervisor.pid, progress);
    return mgs.error();
  }

  Json json = Json::object();
  json.set("fsname", plan.fsname).set("mountpoint", layout.mountpoint());
  json.set("mgs", mgs->to_string());
  print(context, json, what_next(layout, plan.fsname));
  return kExitOk;
}

}  // namespace sheen::cli::demo
