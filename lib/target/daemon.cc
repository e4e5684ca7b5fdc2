// SPDX-License-Identifier: Apache-2.0
#include "lib/target/daemon.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/target/admin_server.h"
#include "lib/target/background.h"
#include "lib/target/daemon_options.h"
#include "lib/target/lane_thread.h"
#include "lib/target/listen_addresses.h"
#include "lib/target/self_check.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <qb/qbdefs.h>
#include <qb/qbloop.h>
#pragma GCC diagnostic pop

namespace sheen::target {
namespace {

// Everything that the control thread holds. One per process.
struct Control {
  const DaemonKind& kind;
  DaemonOptions options;
  TargetConfig config;
  Background background;
  qb_loop_t* loop = nullptr;
  std::unique_ptr<LaneThread> lane;
  std::unique_ptr<SelfCheck> self_check;
  std::unique_ptr<AdminServer> admin;
  bool announced = false;
  bool logs_elsewhere = false;  // the log is open and is not stderr
};

int complain(const Control& control, const Error& error) {
  const std::string line = control.kind.program + ": " + error.message();
  if (control.logs_elsewhere) SHEEN_ERROR("{}", line);
  Background::report(line);
  return 1;
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Messages of a megabyte come from malloc in libzmq; with the default threshold each would be an
// mmap, a page fault storm and a munmap.
void keep_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

Status write_pid_file(const std::string& path) {
  std::ofstream file(path, std::ios::trunc);
  file << getpid() << '\n';
  file.close();
  return file ? ok() : errno_error(errno, "pid file " + path);
}

// As text in JSON: paths and messages of ours, so that nothing else needs escaping.
std::string unquoted(std::string text) {
  for (char& c : text)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '\'';
  return text;
}

// What an administrator should know although the target serves.
std::string degraded(const Control& control, const SelfCheckResult& check) {
  if (std::string full = SelfCheck::fullness_warning(check.used_percent); !full.empty())
    return full;
  if (control.lane->recovering()) return "it waits for clients to come back after its restart";
  return {};
}

std::string ping(const Control& control) {
  const SelfCheckResult check = control.self_check->result();
  return fmt::format(
      R"({{"label":"{}","uuid":"{}","epoch":{},"pid":{},"state":"{}","lane_age_ms":{},)"
      R"("store_age_ms":{},"used_percent":{},"probes":{},"probe_error":"{}","registered":{},)"
      R"("degraded":"{}"}})",
      control.config.label.to_string(), control.config.uuid.to_string(), control.lane->epoch(),
      getpid(),
      !control.lane->started()     ? "starting"
      : control.lane->recovering() ? "recovering"
                                   : "up",
      control.lane->age_ms(), control.lane->store_age_ms(), check.used_percent, check.probes,
      unquoted(check.probe_error), control.lane->registered(), degraded(control, check));
}

Result<std::string> answer_admin(Control& control, const std::string& command) {
  const auto starts = [&](std::string_view word) { return command.rfind(word, 0) == 0; };
  if (command == "ping") return ping(control);
  if (command == "probe") {
    control.self_check->request_probe();
    return ping(control);
  }
  if (starts("log-level ")) {
    SHEEN_ASSIGN(const log::Level level, log::parse_level(command.substr(10)));
    log::set_level(level);
    return std::string("{}");
  }
  if (command == "fault list") {
    std::string rows;
    for (const fault::Armed& armed : fault::list())
      rows += fmt::format(R"({}{{"point":"{}","action":"{}","hits":{}}})", rows.empty() ? "" : ",",
                          armed.point, armed.action, armed.hits);
    return "[" + rows + "]";
  }
  if (starts("fault arm ")) {
    SHEEN_TRY(fault::arm(command.substr(10)));
    return std::string("{}");
  }
  if (starts("fault disarm")) {
    fault::disarm(command.size() > 13 ? command.substr(13) : "");
    return std::string("{}");
  }
  if (command == "blackbox") {
    log::dump_blackbox("asked for");
    return std::string("{}");
  }
  return Error(Errc::kBadRequest, "admin command '" + command + "'");
}

int32_t on_stop_signal(int32_t, void* data) {
  auto* control = static_cast<Control*>(data);
  SHEEN_NOTICE("{}: stopping", control->config.label.to_string());
  control->lane->stop();
  return 0;
}

int32_t on_lane_event(int32_t, int32_t, void* data) {
  auto* control = static_cast<Control*>(data);
  control->lane->clear_event();
  if (control->lane->settled() && !control->announced) {
    control->announced = true;
    SHEEN_NOTICE("{}: serving, epoch {}", control->config.label.to_string(),
                 control->lane->epoch());
    if (!control->options.pid_file.empty())
      if (const Status written = write_pid_file(control->options.pid_file); !written)
        SHEEN_WARN("{}", written.error().message());
    control->background.ready();
  }
  if (control->lane->finished()) qb_loop_stop(control->loop);
  return 0;
}

Status start(Control& control) {
  // The lane takes this lock for good; here it only decides who hears about it, before the admin
  // socket's name turns out to be taken as well.
  SHEEN_TRY(TargetDirectory::lock(control.options.target));
  SHEEN_ASSIGN(ListenAddresses addresses, listen_addresses(control.config, control.options.listen));
  LaneOptions lane;
  lane.directory = control.options.target;
  lane.control = std::move(addresses.control);
  lane.bulk = std::move(addresses.bulk);
  lane.io_threads = control.options.io_threads;
  lane.run_directory = control.options.run_directory;
  lane.guard_owner = true;

  control.loop = qb_loop_create();
  if (control.loop == nullptr) return Error(Errc::kNoMemory, "event loop");
  for (const int number : {SIGTERM, SIGINT}) {
    qb_loop_signal_handle handle = nullptr;
    qb_loop_signal_add(control.loop, QB_LOOP_HIGH, number, &control, on_stop_signal, &handle);
  }
  // Threads started from here on inherit this mask: signals are the control thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, number);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  control.lane = std::make_unique<LaneThread>(std::move(lane), control.kind.make_role);
  control.self_check = std::make_unique<SelfCheck>(control.options.target);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  qb_loop_poll_add(control.loop, QB_LOOP_HIGH, control.lane->event_fd(), POLLIN, &control,
                   on_lane_event);
  SHEEN_ASSIGN(control.admin, AdminServer::open(control.loop, control.config.label.to_string(),
                                                [&control](const std::string& command) {
                                                  return answer_admin(control, command);
                                                }));
  return ok();
}

int serve(Control& control) {
  if (const Status started = start(control); !started) {
    const int code = complain(control, started.error());
    control.self_check.reset();
    control.lane.reset();
    return code;
  }
  qb_loop_run(control.loop);
  control.admin.reset();
  control.self_check.reset();
  const Status outcome = control.lane->outcome();
  control.lane.reset();
  if (!control.options.pid_file.empty()) unlink(control.options.pid_file.c_str());
  if (!outcome) return complain(control, outcome.error());
  SHEEN_NOTICE("{}: stopped", control.config.label.to_string());
  return 0;
}

}  // namespace

int run_daemon(int argc, char** argv, const DaemonKind& kind) {
  Control control{kind, {}, {}, {}, nullptr, nullptr, nullptr, nullptr, false, false};
  if (const auto code = parse_daemon_options(argc, argv, kind.program, control.options))
    return *code;
  DaemonOptions& options = control.options;

  auto config = TargetConfig::load(options.target);
  if (!config) return complain(control, config.error());
  control.config = std::move(*config);
  if (control.config.label.kind != kind.target_kind)
    return complain(
        control,
        Error(Errc::kInvalid, fmt::format("{} holds {}, which {} does not serve", options.target,
                                          control.config.label.to_string(), kind.program)));
  if (!options.foreground)
    if (const auto parent = control.background.detach()) return *parent;

  log::Options log_options;
  log_options.identity = kind.program + " " + control.config.label.to_string();
  log_options.level = *log::parse_level(options.log_level);
  log_options.file = options.log_file;
  log_options.to_stderr = options.foreground && options.log_file.empty();
  log_options.to_syslog = !options.foreground && options.log_file.empty();
  log_options.blackbox_directory = options.blackbox_directory;
  if (const Status opened = log::open(log_options); !opened)
    return complain(control, opened.error());

  control.logs_elsewhere = !log_options.to_stderr;

  umask(0077);  // what a target's files hold is not for the users of its host
  raise_file_limit();
  keep_large_blocks();
  signal(SIGPIPE, SIG_IGN);
  if (options.unlock_unsafe) fault::unlock();
  for (const std::string& spec : options.faults)
    if (const Status armed = fault::arm(spec); !armed) return complain(control, armed.error());
  const int code = serve(control);
  log::close();
  return code;
}

}  // namespace sheen::target
