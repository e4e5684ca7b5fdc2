// SPDX-License-Identifier: Apache-2.0
// Proves what a program is given and what is kept of what it says.
#include <boost/test/unit_test.hpp>

#include "cli/process.h"

using namespace sheen::cli;

namespace {

ProgramResult run_shell(const std::string& script, const ProgramOptions& options = {}) {
  const auto result = run_program({"/bin/sh", "-c", script}, options);
  BOOST_REQUIRE(result.has_value());
  return *result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(both_outputs_come_together_unless_they_are_kept_apart) {
  BOOST_TEST(run_shell("echo out; echo err >&2; exit 3").output == "out\nerr\n");
  const auto apart = run_shell("echo out; echo err >&2; exit 3", {.keep_errors_apart = true});
  BOOST_TEST(apart.output == "out\n");
  BOOST_TEST(apart.errors == "err\n");
  BOOST_TEST(apart.exit_code == 3);
}

BOOST_AUTO_TEST_CASE(a_program_reads_its_input_whatever_its_size_or_nothing) {
  BOOST_TEST(run_shell("cat").output.empty());
  const std::string large(1 << 20, 'x');
  BOOST_TEST(run_shell("wc -c", {.input = large}).output == "1048576\n");
  // Who does not read it does not keep us waiting.
  BOOST_TEST(run_shell("exit 4", {.input = large}).exit_code == 4);
}

BOOST_AUTO_TEST_CASE(more_output_than_is_wanted_is_read_and_forgotten) {
  const auto result = run_shell("head -c 300000 /dev/zero; exit 5", {.output_max = 1000});
  BOOST_TEST(result.output.size() == 1000U);
  BOOST_TEST(result.exit_code == 5);
}

BOOST_AUTO_TEST_CASE(a_killed_program_is_told_from_one_that_failed) {
  BOOST_TEST(run_shell("kill -9 $$").exit_code == 128 + 9);
}

BOOST_AUTO_TEST_CASE(a_program_that_takes_too_long_is_ended_and_told_from_one_that_failed) {
  const auto result = run_shell("echo begun; exec sleep 60", {.patience = {.limit_s = 1}});
  BOOST_TEST(result.exit_code == 124);
  BOOST_TEST(result.first_line() == "begun");
  BOOST_TEST(result.last_line() == "not finished within 1 s");
}

BOOST_AUTO_TEST_CASE(a_program_that_never_stops_talking_is_ended_in_time_as_well) {
  const auto result = run_shell("exec yes", {.output_max = 100, .patience = {.limit_s = 1}});
  BOOST_TEST(result.exit_code == 124);
}

BOOST_AUTO_TEST_CASE(a_program_that_nobody_waits_for_any_more_is_ended) {
  int asked = 0;
  const auto result = run_shell("while :; do echo again; sleep 0.05; done",
                                {.patience = {.is_over = [&] { return ++asked == 5; }}});
  BOOST_TEST(result.exit_code == 124);
  BOOST_TEST(result.first_line() == "again");
  BOOST_TEST(result.last_line() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_a_complaint) {
  BOOST_TEST(!run_program({"/nonexistent/program"}).has_value());
  BOOST_TEST(!find_program("sheen-no-such-program", "install it").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
