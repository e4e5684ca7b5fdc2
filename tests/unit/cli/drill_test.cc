// SPDX-License-Identifier: Apache-2.0
// Proves that a drill's probe takes the time of the longest wait and stops at the first error, and
// that what is written down of drills can be read again.
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "cli/ha/drill/deferred_signals.h"
#include "cli/ha/drill/history.h"
#include "cli/ha/drill/patience.h"
#include "cli/ha/drill/probe.h"
#include "cli/ha/drill/scratch_mount.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;
using namespace sheen::cli;

namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

void wait_for_uses(const Probe& probe, uint64_t uses) {
  for (int tries = 0; tries < 5000 && probe.uses() < uses && !probe.failed(); ++tries) sleep_ms(1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(drill)

BOOST_AUTO_TEST_CASE(the_longest_of_many_uses_counts) {
  std::atomic<int> uses{0};
  Probe probe([&uses]() -> Status {
    if (++uses == 3) sleep_ms(120);
    return ok();
  });
  wait_for_uses(probe, 5);
  const Probe::Outcome seen = probe.finish(std::chrono::seconds(30));
  BOOST_TEST(seen.uses >= 5U);
  BOOST_TEST(seen.longest_ns >= 120 * kMillisecond);
  BOOST_TEST(seen.error.empty());
}

BOOST_AUTO_TEST_CASE(the_first_error_ends_it) {
  int uses = 0;
  Probe probe([&uses]() -> Status {
    if (++uses == 2) return Error(Errc::kIo, "write");
    return ok();
  });
  wait_for_uses(probe, 100);
  BOOST_TEST(probe.failed());
  const Probe::Outcome seen = probe.finish(std::chrono::seconds(30));
  BOOST_TEST(seen.uses == 1U);
  BOOST_TEST(seen.error.starts_with("write"));
}

BOOST_AUTO_TEST_CASE(a_use_that_never_ends_does_not_keep_the_drill_from_ending) {
  auto blocked = std::make_shared<std::atomic<bool>>(true);
  {
    const Probe probe([blocked]() -> Status {
      while (*blocked) sleep_ms(10);
      return ok();
    });
    sleep_ms(20);
  }
  *blocked = false;
}

BOOST_AUTO_TEST_CASE(a_use_that_does_not_come_back_at_the_end_is_an_error) {
  auto blocked = std::make_shared<std::atomic<bool>>(true);
  auto begun = std::make_shared<std::atomic<bool>>(false);
  Probe probe([blocked, begun]() -> Status {
    *begun = true;
    while (*blocked) sleep_ms(10);
    return ok();
  });
  while (!*begun) sleep_ms(1);
  BOOST_TEST(probe.finish(std::chrono::seconds(1)).error == "no answer for 1 s");
  *blocked = false;
}

BOOST_AUTO_TEST_CASE(work_that_never_ends_is_left_to_itself) {
  auto blocked = std::make_shared<std::atomic<bool>>(true);
  const auto wait = [blocked] {
    while (*blocked) sleep_ms(10);
  };
  BOOST_TEST(!done_within(std::chrono::milliseconds(50), wait));
  BOOST_TEST(!done_within(std::chrono::hours(1), wait, [] { return true; }));
  *blocked = false;
  BOOST_TEST(done_within(std::chrono::hours(1), wait));
}

BOOST_AUTO_TEST_CASE(a_signal_that_would_end_it_is_kept_and_told) {
  for (const auto& [number, name] :
       {std::pair{SIGINT, "SIGINT"}, std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGHUP, "SIGHUP"}}) {
    const DeferredSignals signals;
    BOOST_TEST(signals.arrived() == nullptr);
    std::raise(number);  // for this thread: other tests may have left some that block nothing
    BOOST_TEST(std::string(signals.arrived()) == name);
  }
}

BOOST_AUTO_TEST_CASE(a_scratch_directory_on_a_mount_that_is_there_goes_and_leaves_the_mount) {
  const TemporaryDirectory mounted;
  {
    const auto mount = ScratchMount::make("mds1:/demo", mounted.path(), {});
    BOOST_REQUIRE(mount.has_value());
    BOOST_REQUIRE(std::filesystem::create_directory((*mount)->directory()));
    std::ofstream((*mount)->directory() + "/probe") << "x";
  }
  BOOST_TEST(std::filesystem::is_empty(mounted.path()));
}

BOOST_AUTO_TEST_CASE(what_was_remembered_is_read_again_and_nonsense_left_out) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/below/drills.jsonl";
  BOOST_TEST(remembered(path).empty());
  DrillRecord record;
  record.when = "2026-01-02T03:04:05Z";
  record.target = "demo-OST0000";
  record.kind = "fence";
  record.from = "oss1";
  record.to = "oss2";
  record.longest_ms = 4660;
  record.limit_ms = 8000;
  record.uses = 99;
  record.passed = true;
  BOOST_TEST(remember(path, record).has_value());
  std::ofstream(path, std::ios::app) << "half a li\n{}\n[]\n";
  record.error = "EIO \"quoted\"";
  record.passed = false;
  BOOST_TEST(remember(path, record).has_value());
  const auto all = remembered(path);
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].longest_ms == 4660);
  BOOST_TEST(all[0].passed);
  BOOST_TEST(all[1].error == record.error);
  BOOST_TEST(!all[1].passed);
  BOOST_TEST(all[1].to_json().to_string(false) == record.to_json().to_string(false));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_to_is_named) {
  const auto done = remember("/proc/none/drills.jsonl", {});
  BOOST_REQUIRE(!done.has_value());
  BOOST_TEST(done.error().target == "/proc/none/drills.jsonl");
}

BOOST_AUTO_TEST_SUITE_END()
