// SPDX-License-Identifier: Apache-2.0
// Executing what is stored in the file system.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

void run(const char* path, const char* argument = nullptr) {
  execl(path, path, argument, nullptr);
  _exit(100 + errno);
}

std::string ending_of_running(const char* path) {
  return ending_of([=] { run(path); });
}

// What the program writes to its standard output.
std::string output_of(const char* path, const char* argument) {
  int ends[2];
  if (pipe(ends) != 0) abandon("pipe");
  const pid_t pid = start([&] {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    run(path, argument);
  });
  close(ends[1]);
  const std::string output = read_next(ends[0], 1000);
  finish(pid);
  return output;
}

// A copy of cat that is known to run, and ends when its input does.
class RunningCat {
 public:
  explicit RunningCat(const char* path) {
    if (pipe(input_) != 0 || pipe(output_) != 0) abandon("pipe");
    pid_ = start([&] {
      dup2(input_[0], STDIN_FILENO);
      dup2(output_[1], STDOUT_FILENO);
      for (const int fd : {input_[0], input_[1], output_[0], output_[1]}) close(fd);
      run(path);
    });
    if (write(input_[1], "x", 1) != 1 || read_next(output_[0], 1) != "x") abandon("run cat");
  }

  void end() const {
    close(input_[1]);
    finish(pid_);
  }

 private:
  int input_[2];
  int output_[2];
  pid_t pid_;
};

void copy_program(const char* program, const char* path) {
  file(path, content(program));
  if (chmod(path, 0755) != 0) abandon("chmod");
}

CASE(exec, runs_a_program) {
  copy_program("/bin/true", "p");
  IS(ending_of_running("./p"), "exit 0");
  copy_program("/bin/false", "q");
  IS(ending_of_running("./q"), "exit 1");
}

CASE(exec, runs_a_script) {
  file("s", "#!/bin/sh\nexit 7\n", 0755);
  IS(ending_of_running("./s"), "exit 7");
}

CASE(exec, runs_a_program_just_written_and_renamed) {
  for (int i = 0; i < 5; ++i) {
    copy_program("/bin/true", "new");
    OK(rename("new", "p"));
    IS(ending_of_running("./p"), "exit 0");
  }
}

CASE(exec, without_execute_permission_is_EACCES) {
  file("s", "#!/bin/sh\nexit 7\n", 0644);
  FAILS(EACCES, execl("./s", "s", nullptr));
  OK(chmod("s", 0700));
  as(kAlice, [] { FAILS(EACCES, execl("./s", "s", nullptr)); });
}

CASE(exec, of_a_directory_or_fifo_is_EACCES) {
  directory("d");
  OK(mkfifo("p", 0777));
  FAILS(EACCES, execl("./d", "d", nullptr));
  FAILS(EACCES, execl("./p", "p", nullptr));
}

CASE(exec, of_a_missing_file_is_ENOENT) {
  FAILS(ENOENT, execl("./x", "x", nullptr));
  file("s", "#!/no/such/interpreter\n", 0755);
  FAILS(ENOENT, execl("./s", "s", nullptr));
}

CASE(exec, of_no_program_is_ENOEXEC) {
  file("f", "neither a script nor a program", 0755);
  FAILS(ENOEXEC, execl("./f", "f", nullptr));
  file("e", "", 0755);
  FAILS(ENOEXEC, execl("./e", "e", nullptr));
}

CASE(exec, needs_no_read_permission) {
  copy_program("/bin/true", "p");
  OK(chmod("p", 0111));
  as(kAlice, [] {
    FAILS(EACCES, open("p", O_RDONLY));
    IS(ending_of_running("./p"), "exit 0");
  });
}

CASE(exec, of_a_file_open_for_writing_is_ETXTBSY) {
  copy_program("/bin/true", "p");
  const int fd = OK(open("p", O_RDWR));
  FAILS(ETXTBSY, execl("./p", "p", nullptr));
  OK(close(fd));
  IS(ending_of_running("./p"), "exit 0");
}

CASE(exec, a_running_program_opened_for_writing_is_ETXTBSY) {
  copy_program("/bin/cat", "p");
  const RunningCat running("./p");
  FAILS(ETXTBSY, open("p", O_WRONLY));
  FAILS(ETXTBSY, truncate("p", 0));
  OK(open("p", O_RDONLY));
  running.end();
  OK(open("p", O_WRONLY));
}

CASE(exec, a_running_program_can_be_unlinked_and_replaced) {
  copy_program("/bin/cat", "p");
  const RunningCat running("./p");
  copy_program("/bin/true", "new");
  OK(rename("new", "p"));
  IS(ending_of_running("./p"), "exit 0");
  running.end();
}

CASE(exec, set_user_id_gives_the_owner) {
  copy_program("/usr/bin/id", "p");
  own("p", kBob.uid, kBob.gid);
  OK(chmod("p", 04755));
  as(kAlice, [] { IS(output_of("./p", "-u"), "2002\n"); });
}

CASE(exec, set_group_id_gives_the_group) {
  copy_program("/usr/bin/id", "p");
  own("p", kBob.uid, kStaff);
  OK(chmod("p", 02755));
  as(kAlice, [] {
    IS(output_of("./p", "-g"), "3001\n");
    IS(output_of("./p", "-u"), "2001\n");
  });
}

CASE(exec, fexecve_runs_the_descriptor) {
  copy_program("/bin/true", "p");
  const int fd = OK(open("p", O_RDONLY));
  OK(unlink("p"));
  char name[] = "p";
  char* const arguments[] = {name, nullptr};
  char* const environment[] = {nullptr};
  IS(ending_of([&] {
       fexecve(fd, arguments, environment);
       _exit(100 + errno);
     }),
     "exit 0");
}

CASE(exec, a_large_program_runs) {
  copy_program("/bin/bash", "p");
  IS(output_of("./p", "--version").substr(0, 8), "GNU bash");
}

}  // namespace
}  // namespace sheen::posix
