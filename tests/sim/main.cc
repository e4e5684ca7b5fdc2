// SPDX-License-Identifier: Apache-2.0
// The simulator: sim --seed N [--seeds COUNT] [--calls N]. A seed that fails is printed with the
// command that repeats it. --twice runs every seed a second time and compares what happened.
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "lib/base/log.h"
#include "tests/sim/sim_run.h"

int main(int argc, char** argv) {
  using namespace sheen;
  CLI::App app("A whole cluster in one thread, from one seed.", "sim");
  uint64_t seed = 1;
  uint64_t seeds = 1;
  int calls = 120;
  bool twice = false;
  std::string level = "error";
  app.add_option("--seed", seed, "the first seed");
  app.add_option("--seeds", seeds, "how many seeds from there on");
  app.add_option("--calls", calls, "calls of each simulated application");
  app.add_flag("--twice", twice, "run each seed twice: the same must happen");
  app.add_option("--log", level, "error, warning, notice, info or debug");
  CLI11_PARSE(app, argc, argv);
  if (const auto parsed = log::parse_level(level)) log::set_level(*parsed);

  uint64_t failed = 0;
  uint64_t deaths = 0;
  uint64_t messages = 0;
  for (uint64_t s = seed; s < seed + seeds; ++s) {
    sim::RunOptions options;
    options.seed = s;
    options.calls = calls;
    sim::RunResult result = sim::run_once(options);
    if (twice && result.failures.empty()) {
      const sim::RunResult again = sim::run_once(options);
      if (again.trace != result.trace || again.messages != result.messages)
        result.failures.push_back(fmt::format("the same seed gave another run: {:x}/{} and {:x}/{}",
                                              result.trace, result.messages, again.trace,
                                              again.messages));
    }
    deaths += result.deaths;
    messages += result.messages;
    if (seeds == 1)
      fmt::print("seed {}: trace {:016x}, {} deaths, {} messages, {:.1f} s virtual\n", s,
                 result.trace, result.deaths, result.messages, result.virtual_seconds);
    if (result.failures.empty()) continue;
    ++failed;
    for (const std::string& failure : result.failures) fmt::print("seed {}: {}\n", s, failure);
    fmt::print("repeat it: make sim SEED={}\n", s);
    std::fflush(stdout);
  }
  fmt::print("simulator: {} passed, {} failed ({} server deaths, {} messages)\n", seeds - failed,
             failed, deaths, messages);
  return failed == 0 ? 0 : 1;
}
