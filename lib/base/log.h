// SPDX-License-Identifier: Apache-2.0
#pragma once

// The log facade over libqb. qb_log drops messages when two threads log at once (even with its own
// thread), so every call is serialised by one mutex here and nothing else may call qb_log.
// Any thread may log. Routine errors of requests are not logged: they are answers.
//
// A blackbox of everything down to debug is kept in memory and written to a file on a crash
// (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT), readable with qb-blackbox(8).

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/base/result.h"

namespace sheen::log {

enum class Level { kError, kWarning, kNotice, kInfo, kDebug };
Result<Level> parse_level(std::string_view text);  // "error" .. "debug"

struct Options {
  std::string identity;        // "sheen-ost demo-OST0000"
  Level level = Level::kInfo;  // what goes to file, stderr and syslog
  std::string file;            // empty: none
  bool to_stderr = false;
  bool to_syslog = false;
  std::string blackbox_directory;  // empty: no blackbox
};

// Before any other thread exists. Without it, warnings and errors go to stderr (tests, tools).
Status open(const Options& options);
void close();
void set_level(Level level);
bool enabled(Level level);
// Writes the blackbox now; "" if there is none. Called by the crash handlers.
void dump_blackbox(std::string_view reason);

void write(Level level, const char* file, int line, std::string_view text);

}  // namespace sheen::log

#define SHEEN_LOG(level, ...)                                                     \
  do {                                                                            \
    if (::sheen::log::enabled(level))                                             \
      ::sheen::log::write(level, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (0)
#define SHEEN_ERROR(...) SHEEN_LOG(::sheen::log::Level::kError, __VA_ARGS__)
#define SHEEN_WARN(...) SHEEN_LOG(::sheen::log::Level::kWarning, __VA_ARGS__)
#define SHEEN_NOTICE(...) SHEEN_LOG(::sheen::log::Level::kNotice, __VA_ARGS__)
#define SHEEN_INFO(...) SHEEN_LOG(::sheen::log::Level::kInfo, __VA_ARGS__)
#define SHEEN_DEBUG(...) SHEEN_LOG(::sheen::log::Level::kDebug, __VA_ARGS__)
