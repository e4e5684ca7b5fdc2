// SPDX-License-Identifier: Apache-2.0
// Proves that the shared memory of killed processes goes, and nobody else's.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "lib/base/blackbox_memory.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;

namespace {

struct Boxes {
  TemporaryDirectory directory;

  Boxes() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    dead = child;
  }
  std::string file(const std::string& name) {
    std::ofstream(directory.path() + "/" + name) << "box";
    return directory.path() + "/" + name;
  }
  pid_t dead = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(blackbox_memory)

BOOST_FIXTURE_TEST_CASE(what_a_killed_process_left_goes, Boxes) {
  const auto data = file(fmt::format("qb-sheen-oss fs-OST0000-{}-blackbox-data", dead));
  const auto header = file(fmt::format("qb-sheen-oss fs-OST0000-{}-blackbox-header", dead));
  log::remove_left_blackboxes(directory.path(), "sheen-oss fs-OST0000");
  BOOST_TEST(!std::filesystem::exists(data));
  BOOST_TEST(!std::filesystem::exists(header));
}

BOOST_FIXTURE_TEST_CASE(what_lives_or_is_anothers_stays, Boxes) {
  const std::vector<std::string> others{
      file(fmt::format("qb-sheen-oss fs-OST0000-{}-blackbox-data", getpid())),
      file(fmt::format("qb-sheen-oss fs-OST0001-{}-blackbox-data", dead)),
      file(fmt::format("qb-corosync-{}-blackbox-data", dead)),
      file(fmt::format("qb-sheen-oss fs-OST0000-{}-12-blackbox-data", dead)),
      file("qb-sheen-oss fs-OST0000--blackbox-data"),
      file("qb-sheen-oss fs-OST0000-99999999999999999999-blackbox-data"),
  };
  log::remove_left_blackboxes(directory.path(), "sheen-oss fs-OST0000");
  for (const auto& path : others) BOOST_TEST(std::filesystem::exists(path), path);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_no_error) {
  log::remove_left_blackboxes("/nonexistent", "sheen-oss fs-OST0000");
}

BOOST_AUTO_TEST_SUITE_END()
