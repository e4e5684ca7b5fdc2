// SPDX-License-Identifier: Apache-2.0
#include "lib/base/log.h"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>

#include <syslog.h>
#include <unistd.h>

// libqb's logging macros use GNU named variadic arguments, which -Wpedantic dislikes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <qb/qbdefs.h>
#include <qb/qblog.h>
#pragma GCC diagnostic pop

#include "lib/base/assert.h"
#include "lib/base/blackbox_memory.h"

namespace sheen::log {
namespace {

// qb_log returns silently while another thread is inside it; this mutex keeps them apart.
std::mutex g_mutex;
std::atomic<bool> g_open{false};
std::atomic<Level> g_level{Level::kWarning};
std::atomic<bool> g_blackbox{false};
int32_t g_file_target = -1;
std::array<char, 512> g_blackbox_path{};  // fixed, for the signal handler
std::array<char, 64> g_identity{};

uint8_t priority_of(Level level) {
  switch (level) {
    case Level::kError: return LOG_ERR;
    case Level::kWarning: return LOG_WARNING;
    case Level::kNotice: return LOG_NOTICE;
    case Level::kInfo: return LOG_INFO;
    case Level::kDebug: return LOG_DEBUG;
  }
  return LOG_DEBUG;
}

// libqb logs about itself through qb_log too, without our mutex, which would lose messages of ours.
// Filtering by this "function" keeps its messages out.
constexpr const char* kSource = "sheen";

void filter_up_to(int32_t target, Level level) {
  qb_log_filter_ctl(target, QB_LOG_FILTER_CLEAR_ALL, QB_LOG_FILTER_FUNCTION, kSource, LOG_TRACE);
  qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FUNCTION, kSource, priority_of(level));
}

void enable(int32_t target, Level level) {
  filter_up_to(target, level);
  qb_log_format_set(target, "%T.%s [%P] %p %b");
  qb_log_ctl(target, QB_LOG_CONF_ENABLED, QB_TRUE);
}

// Best effort: the blackbox is written without the mutex, which the crashed thread may hold.
void on_crash(int signal_number) {
  signal(signal_number, SIG_DFL);
  if (g_blackbox.load()) qb_log_blackbox_write_to_file(g_blackbox_path.data());
  raise(signal_number);
}

void install_crash_handlers() {
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    sigaction(number, &action, nullptr);
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  if (text == "error") return Level::kError;
  if (text == "warning") return Level::kWarning;
  if (text == "notice") return Level::kNotice;
  if (text == "info") return Level::kInfo;
  if (text == "debug") return Level::kDebug;
  return Error(Errc::kInvalid,
               fmt::format("'{}' is no log level (error, warning, notice, info, debug)", text));
}

Status open(const Options& options) {
  const std::lock_guard lock(g_mutex);
  std::snprintf(g_identity.data(), g_identity.size(), "%s", options.identity.c_str());
  qb_log_init(g_identity.data(), LOG_DAEMON, LOG_EMERG);
  qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_FALSE);
  if (options.to_syslog) {
    filter_up_to(QB_LOG_SYSLOG, options.level);
    qb_log_format_set(QB_LOG_SYSLOG, "%b");
    qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_TRUE);
  }
  if (options.to_stderr) enable(QB_LOG_STDERR, options.level);
  if (!options.file.empty()) {
    g_file_target = qb_log_file_open(options.file.c_str());
    if (g_file_target < 0) return errno_error(-g_file_target, "log file " + options.file);
    enable(g_file_target, options.level);
  }
  if (!options.blackbox_directory.empty()) {
    std::snprintf(g_blackbox_path.data(), g_blackbox_path.size(), "%s/%s-%d.blackbox",
                  options.blackbox_directory.c_str(), g_identity.data(),
                  static_cast<int>(getpid()));
    for (char* c = g_blackbox_path.data() + options.blackbox_directory.size() + 1; *c != 0; ++c)
      if (*c == ' ' || *c == '/') *c = '-';
    filter_up_to(QB_LOG_BLACKBOX, Level::kDebug);
    remove_left_blackboxes(kSharedMemory, g_identity.data());
    qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_SIZE, 512 * 1024);
    qb_log_ctl(QB_LOG_BLACKBOX, QB_LOG_CONF_ENABLED, QB_TRUE);
    g_blackbox = true;
    install_crash_handlers();
  }
  g_level = options.level;
  g_open = true;
  return ok();
}

void close() {
  const std::lock_guard lock(g_mutex);
  if (!g_open.exchange(false)) return;
  g_blackbox = false;
  qb_log_fini();
}

void set_level(Level level) {
  const std::lock_guard lock(g_mutex);
  g_level = level;
  if (!g_open) return;
  filter_up_to(QB_LOG_SYSLOG, level);
  filter_up_to(QB_LOG_STDERR, level);
  if (g_file_target >= 0) filter_up_to(g_file_target, level);
}

bool enabled(Level level) { return g_blackbox.load() || level <= g_level.load(); }

void dump_blackbox(std::string_view reason) {
  if (!g_blackbox.load()) return;
  write(Level::kNotice, __FILE__, __LINE__, fmt::format("blackbox written: {}", reason));
  const std::lock_guard lock(g_mutex);
  qb_log_blackbox_write_to_file(g_blackbox_path.data());
}

void write(Level level, const char* file, int line, std::string_view text) {
  const std::string line_text(text);
  const std::lock_guard lock(g_mutex);
  if (!g_open) {
    std::fprintf(stderr, "%s\n", line_text.c_str());
    return;
  }
  qb_log_from_external_source(kSource, file, "%s", priority_of(level), static_cast<uint32_t>(line),
                              0, line_text.c_str());
}

}  // namespace sheen::log

namespace sheen {

void assertion_failed(const char* expression, const char* file, int line) {
  log::write(log::Level::kError, file, line,
             fmt::format("invariant broken at {}:{}: {}", file, line, expression));
  log::dump_blackbox("invariant broken");
  std::abort();
}

}  // namespace sheen
