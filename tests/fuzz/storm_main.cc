// SPDX-License-Identifier: Apache-2.0
// RequestStorm from seeds, without libFuzzer: request_storm --seed N [--seeds COUNT] [--bytes N].
// It runs in every build, so that the sanitizers of each see it.
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "lib/base/log.h"
#include "lib/base/random.h"
#include "tests/fuzz/bounded_files.h"
#include "tests/fuzz/request_storm.h"
#include "tests/support/temporary_directory.h"

int main(int argc, char** argv) {
  using namespace sheen;
  CLI::App app("Requests nobody in his right mind would send.", "request_storm");
  uint64_t seed = 1;
  uint64_t seeds = 1;
  size_t bytes = 20'000;
  std::string level = "error";
  app.add_option("--seed", seed, "the first seed");
  app.add_option("--seeds", seeds, "how many seeds from there on");
  app.add_option("--bytes", bytes, "random bytes that a run is made of");
  app.add_option("--log", level, "error, warning, notice, info or debug");
  CLI11_PARSE(app, argc, argv);
  if (const auto parsed = log::parse_level(level)) log::set_level(*parsed);
  fuzz::bound_files();

  uint64_t failed = 0;
  fuzz::StormResult sum;
  for (uint64_t s = seed; s < seed + seeds; ++s) {
    // Before the run: a server's assertion ends the process.
    fmt::print("seed {}\n", s);
    std::fflush(stdout);
    SeededRandom random(s);
    std::vector<uint8_t> input(bytes);
    for (uint8_t& byte : input) byte = static_cast<uint8_t>(random.next());
    const auto directory = TemporaryDirectory::in_memory();
    fuzz::RequestStorm storm(directory.path(), SHEEN_SCHEMAS);
    const fuzz::StormResult result = storm.run(fuzz::Input(input));
    for (const std::string& failure : result.failures) fmt::print("seed {}: {}\n", s, failure);
    failed += result.failures.empty() ? 0 : 1;
    sum.requests += result.requests;
    sum.answered += result.answered;
    sum.succeeded += result.succeeded;
  }
  fmt::print("storms: {} passed, {} failed ({} requests, {} answered, {} of them with success)\n",
             seeds - failed, failed, sum.requests, sum.answered, sum.succeeded);
  return failed == 0 ? 0 : 1;
}
