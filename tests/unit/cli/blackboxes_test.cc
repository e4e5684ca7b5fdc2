// SPDX-License-Identifier: Apache-2.0
// Proves that only the newest blackboxes are kept, and that other files are left alone.
#include "cli/demo/blackboxes.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "tests/support/temporary_directory.h"

namespace sheen::cli::demo {
namespace {

namespace fs = std::filesystem;

void make_file(const std::string& path, int age_hours) {
  std::ofstream(path) << "x";
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(age_hours));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(blackboxes)

BOOST_AUTO_TEST_CASE(the_newest_are_kept) {
  const TemporaryDirectory directory;
  const std::string path = directory.path();
  for (const int age : {3, 1, 4, 2}) make_file(path + "/" + std::to_string(age) + ".blackbox", age);
  make_file(path + "/old.log", 100);
  prune_blackboxes(path, 2);
  BOOST_TEST(fs::exists(path + "/1.blackbox"));
  BOOST_TEST(fs::exists(path + "/2.blackbox"));
  BOOST_TEST(!fs::exists(path + "/3.blackbox"));
  BOOST_TEST(!fs::exists(path + "/4.blackbox"));
  BOOST_TEST(fs::exists(path + "/old.log"));
  prune_blackboxes(path, 2);
  BOOST_TEST(fs::exists(path + "/2.blackbox"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::cli::demo
