// SPDX-License-Identifier: Apache-2.0
// Proves what is read of a process, and that nothing is read of one which has ended.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "lib/base/processes.h"
#include "tests/support/temporary_directory.h"

using namespace sheen;

namespace {

constexpr const char* kStopYourself = "kill -STOP $$";

// Runs a shell that stops itself.
class Child {
 public:
  explicit Child(const std::string& shell) : pid_(fork()) {
    if (pid_ == 0) {
      execl(shell.c_str(), "child", "-c", kStopYourself, "two words", "", nullptr);
      _exit(127);
    }
    waitpid(pid_, nullptr, WUNTRACED);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void end() {
    if (ended_) return;
    ended_ = true;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
  bool ended_ = false;
};

bool is_listed(pid_t pid) {
  const auto pids = all_processes();
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// One of our own, so that it can be replaced.
struct Shell {
  TemporaryDirectory directory;
  std::string path = std::filesystem::canonical(directory.path()).string() + "/sh";
  Shell() { std::filesystem::copy_file(std::filesystem::canonical("/bin/sh"), path); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(processes)

BOOST_FIXTURE_TEST_CASE(arguments_are_told_apart_whatever_is_in_them, Shell) {
  const Child child(path);
  const std::vector<std::string> expected{"child", "-c", kStopYourself, "two words", ""};
  BOOST_TEST(command_line(child.pid()) == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_replaced_executable_keeps_its_name, Shell) {
  const Child child(path);
  std::filesystem::remove(path);
  BOOST_TEST(executable_of(child.pid()) == path);
}

BOOST_FIXTURE_TEST_CASE(an_ended_process_is_not_listed_and_says_nothing, Shell) {
  Child child(path);
  BOOST_TEST(is_listed(child.pid()));
  child.end();
  BOOST_TEST(!is_listed(child.pid()));
  BOOST_TEST(command_line(child.pid()).empty());
  BOOST_TEST(executable_of(child.pid()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
