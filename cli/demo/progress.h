// SPDX-License-Identifier: Apache-2.0
#pragma once

// Progress: a line for each step, so that whoever waits knows for what. On stderr if stdout carries
// JSON. One thread.

#include <cstdio>
#include <string_view>

#include <fmt/format.h>

namespace sheen::cli::demo {

class Progress {
 public:
  explicit Progress(bool json) : stream_(json ? stderr : stdout) {}

  // "starting demo-MGT ..."; the step's outcome follows on the same line.
  void begin(std::string_view step) { say("  {} ...", step); }
  void end(std::string_view outcome) { say(" {}\n", outcome); }
  void line(std::string_view text) { say("{}\n", text); }

 private:
  template <class... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    fmt::print(stream_, format, std::forward<Args>(args)...);
    std::fflush(stream_);
  }
  std::FILE* stream_;
};

}  // namespace sheen::cli::demo
