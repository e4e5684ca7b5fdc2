// SPDX-License-Identifier: Apache-2.0
// readdir and its kind: completeness, positions, changes while reading, types, large directories.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

DIR* open_directory(const std::string& path) {
  DIR* dir = opendir(path.c_str());
  if (dir == nullptr) abandon("opendir " + path + ": " + errno_name(errno));
  return dir;
}

// The next name, or "" at the end.
std::string next_name(DIR* dir) {
  errno = 0;
  const dirent* entry = readdir(dir);
  if (entry == nullptr && errno != 0) abandon("readdir: " + errno_name(errno));
  return entry == nullptr ? "" : entry->d_name;
}

std::vector<std::string> rest_of(DIR* dir) {
  std::vector<std::string> names;
  for (std::string name = next_name(dir); !name.empty(); name = next_name(dir)) {
    names.push_back(name);
  }
  return names;
}

std::multiset<std::string> as_set(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

void fill(const std::string& path, int count, const std::string& prefix = "f") {
  directory(path);
  for (int i = 0; i < count; ++i) {
    const std::string name = path + "/" + prefix + std::to_string(i);
    if (mknod(name.c_str(), S_IFREG | 0644, 0) != 0) abandon("mknod " + name);
  }
}

CASE(readdir, of_an_empty_directory_gives_the_dots) {
  directory("d");
  DIR* dir = open_directory("d");
  auto names = rest_of(dir);
  std::sort(names.begin(), names.end());
  IS(names.size(), 2);
  IS(names[0] + names[1], "...");
}

CASE(readdir, gives_every_name_once) {
  fill("d", 300);
  DIR* dir = open_directory("d");
  const auto names = as_set(rest_of(dir));
  IS(names.size(), 302);
  for (int i = 0; i < 300; ++i) {
    if (names.count("f" + std::to_string(i)) != 1) broken("f" + std::to_string(i));
  }
}

CASE(readdir, gives_every_name_of_5000_once) {
  fill("d", 5000, "a-rather-long-name-to-need-many-buffers-");
  const auto names = list("d");
  IS(names.size(), 5000);
  IS(std::set<std::string>(names.begin(), names.end()).size(), 5000);
}

CASE(readdir, gives_long_names_whole) {
  directory("d");
  for (char letter = 'a'; letter <= 'z'; ++letter) file("d/" + std::string(255, letter));
  const auto names = list("d");
  IS(names.size(), 26);
  IS(names[25], std::string(255, 'z'));
}

CASE(readdir, d_type_is_right) {
  directory("d");
  file("d/file");
  directory("d/directory");
  OK(symlink("x", "d/symlink"));
  OK(mkfifo("d/fifo", 0644));
  OK(mknod("d/socket", S_IFSOCK | 0644, 0));
  OK(mknod("d/char", S_IFCHR | 0644, 0x103));
  OK(mknod("d/block", S_IFBLK | 0644, 0x700));
  DIR* dir = open_directory("d");
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    const std::string type = type_of(static_cast<mode_t>(DTTOIF(entry->d_type)));
    if (type != (name[0] == '.' ? "directory" : name)) broken(name + " has d_type of " + type);
  }
}

CASE(readdir, d_ino_is_st_ino) {
  fill("d", 50);
  directory("d/sub");
  DIR* dir = open_directory("d");
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "..") continue;
    if (entry->d_ino != info("d/" + name).st_ino) broken("d_ino of " + name);
  }
}

CASE(readdir, d_ino_of_dotdot_is_the_parent) {
  directory("d");
  DIR* dir = open_directory("d");
  while (const dirent* entry = readdir(dir)) {
    if (std::string_view(entry->d_name) == "..") HOLDS(entry->d_ino == info(".").st_ino);
  }
}

CASE(readdir, rewinddir_starts_again_and_sees_changes) {
  fill("d", 10);
  DIR* dir = open_directory("d");
  IS(rest_of(dir).size(), 12);
  file("d/new");
  OK(unlink("d/f0"));
  OK(unlink("d/f1"));
  rewinddir(dir);
  const auto names = as_set(rest_of(dir));
  IS(names.size(), 11);
  IS(names.count("new"), 1);
  IS(names.count("f0"), 0);
}

CASE(readdir, at_the_end_stays_at_the_end) {
  fill("d", 3);
  DIR* dir = open_directory("d");
  rest_of(dir);
  IS(next_name(dir), "");
  IS(next_name(dir), "");
}

CASE(readdir, seekdir_returns_to_every_telldir) {
  fill("d", 200);
  DIR* dir = open_directory("d");
  std::vector<std::pair<long, std::string>> positions;
  for (;;) {
    const long position = telldir(dir);
    const std::string name = next_name(dir);
    if (name.empty()) break;
    positions.emplace_back(position, name);
  }
  IS(positions.size(), 202);
  for (size_t i = 0; i < positions.size(); i += 7) {
    const auto& [position, name] = positions[positions.size() - 1 - i];
    seekdir(dir, position);
    if (next_name(dir) != name) broken("position of " + name);
  }
}

CASE(readdir, positions_hold_while_others_remove_and_create) {
  fill("d", 400);
  DIR* dir = open_directory("d");
  std::vector<std::string> first;
  for (int i = 0; i < 150; ++i) first.push_back(next_name(dir));
  const long position = telldir(dir);
  const auto rest_before = as_set(rest_of(dir));
  for (const std::string& name : first) {
    if (name[0] != '.' && unlink(("d/" + name).c_str()) != 0) abandon("unlink");
  }
  seekdir(dir, position);
  HOLDS(as_set(rest_of(dir)) == rest_before);
}

CASE(readdir, positions_of_one_handle_hold_in_another) {
  fill("d", 100);
  DIR* a = open_directory("d");
  for (int i = 0; i < 40; ++i) next_name(a);
  const off_t position = telldir(a);
  const auto expected = as_set(rest_of(a));
  DIR* b = open_directory("d");
  seekdir(b, position);
  HOLDS(as_set(rest_of(b)) == expected);
}

CASE(readdir, of_a_large_directory_while_removing_each_name_read) {
  fill("d", 1000);
  DIR* dir = open_directory("d");
  int removed = 0;
  for (std::string name = next_name(dir); !name.empty(); name = next_name(dir)) {
    if (name[0] == '.') continue;
    if (unlink(("d/" + name).c_str()) != 0) abandon("unlink of " + name + " failed");
    ++removed;
  }
  IS(removed, 1000);
  OK(rmdir("d"));
}

CASE(readdir, names_that_stay_are_given_once_while_others_come_and_go) {
  fill("d", 600);
  DIR* dir = open_directory("d");
  std::multiset<std::string> seen;
  int step = 0;
  for (std::string name = next_name(dir); !name.empty(); name = next_name(dir), ++step) {
    seen.insert(name);
    const std::string other = "d/other" + std::to_string(step % 50);
    if (step % 2 == 0) {
      file(other);
    } else {
      unlink(other.c_str());
    }
  }
  for (int i = 0; i < 600; ++i) {
    const std::string name = "f" + std::to_string(i);
    if (seen.count(name) != 1) broken(name + " seen " + std::to_string(seen.count(name)));
  }
}

CASE(readdir, names_that_stay_are_given_once_while_another_process_renames) {
  fill("d", 400);
  file("d/moving0");
  const pid_t pid = start([] {
    for (int i = 0; i < 300; ++i) {
      const std::string from = "d/moving" + std::to_string(i);
      const std::string to = "d/moving" + std::to_string(i + 1);
      if (rename(from.c_str(), to.c_str()) != 0) abandon("rename");
    }
  });
  for (int round = 0; round < 5; ++round) {
    DIR* dir = open_directory("d");
    const auto seen = as_set(rest_of(dir));
    for (int i = 0; i < 400; ++i) {
      const std::string name = "f" + std::to_string(i);
      if (seen.count(name) != 1) broken(name + " seen " + std::to_string(seen.count(name)));
    }
    closedir(dir);
  }
  finish(pid);
}

CASE(readdir, of_a_removed_directory_gives_nothing) {
  directory("d");
  DIR* dir = open_directory("d");
  OK(rmdir("d"));
  errno = 0;
  HOLDS(readdir(dir) == nullptr);
  SEE(errno_name(errno));
}

CASE(readdir, sees_what_was_just_created_removed_and_renamed) {
  directory("d");
  file("d/a");
  IS(names_in("d"), "a");
  OK(rename("d/a", "d/b"));
  IS(names_in("d"), "b");
  directory("d/c");
  OK(unlink("d/b"));
  IS(names_in("d"), "c");
  OK(rmdir("d/c"));
  IS(names_in("d"), "");
}

CASE(readdir, needs_read_permission_but_not_search) {
  directory("listable", 0744);
  file("listable/f");
  directory("dark", 0711);
  as(kAlice, [] {
    IS(names_in("listable"), "f");
    FAILS(EACCES, open("dark", O_RDONLY | O_DIRECTORY));
    struct stat st;
    FAILS(EACCES, stat("listable/f", &st));
  });
}

CASE(readdir, of_a_file_is_ENOTDIR) {
  file("f");
  FAILS(ENOTDIR, opendir("f") == nullptr ? -1 : 0);
  char buffer[1000];
  const int fd = OK(open("f", O_RDONLY));
  FAILS(ENOTDIR, syscall(SYS_getdents64, fd, buffer, sizeof buffer));
}

CASE(readdir, into_a_buffer_too_small_for_one_entry_is_EINVAL) {
  directory("d");
  const int fd = OK(open("d", O_RDONLY));
  char buffer[1000];
  FAILS(EINVAL, syscall(SYS_getdents64, fd, buffer, 10));
}

CASE(readdir, of_a_bad_descriptor_is_EBADF) {
  char buffer[1000];
  FAILS(EBADF, syscall(SYS_getdents64, 77, buffer, sizeof buffer));
}

CASE(readdir, in_small_buffers_gives_every_name_once) {
  fill("d", 100);
  const int fd = OK(open("d", O_RDONLY));
  std::multiset<std::string> seen;
  alignas(8) char buffer[64];
  for (;;) {
    const long got = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
    if (got < 0) abandon("getdents64: " + errno_name(errno));
    if (got == 0) break;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      seen.insert(entry->d_name);
      at += entry->d_reclen;
    }
  }
  IS(seen.size(), 102);
  IS(std::set<std::string>(seen.begin(), seen.end()).size(), 102);
}

CASE(readdir, two_handles_read_independently) {
  fill("d", 20);
  DIR* a = open_directory("d");
  DIR* b = open_directory("d");
  for (int i = 0; i < 10; ++i) next_name(a);
  IS(rest_of(b).size(), 22);
  IS(rest_of(a).size(), 12);
}

CASE(readdir, order_is_stable_while_nothing_changes) {
  fill("d", 500);
  DIR* dir = open_directory("d");
  const auto first = rest_of(dir);
  rewinddir(dir);
  HOLDS(rest_of(dir) == first);
}

CASE(readdir, lseek_to_0_starts_again) {
  fill("d", 10);
  const int fd = OK(open("d", O_RDONLY));
  char buffer[4096];
  HOLDS(syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0);
  IS(syscall(SYS_getdents64, fd, buffer, sizeof buffer), 0);
  IS(lseek(fd, 0, SEEK_SET), 0);
  HOLDS(syscall(SYS_getdents64, fd, buffer, sizeof buffer) > 0);
}

CASE(readdir, goes_on_after_the_permission_is_taken_away) {
  fill("d", 3);
  own("d", kAlice.uid, kAlice.gid);
  as(kAlice, [] {
    DIR* dir = open_directory("d");
    OK(chmod("d", 0300));
    IS(rest_of(dir).size(), 5);
    rewinddir(dir);
    IS(rest_of(dir).size(), 5);
    FAILS(EACCES, open("d", O_RDONLY | O_DIRECTORY));
  });
}

CASE(readdir, as_another_user_than_the_one_that_opened) {
  fill("d", 3);
  OK(chmod("d", 0700));
  DIR* dir = open_directory("d");
  as(kAlice, [dir] {
    IS(rest_of(dir).size(), 5);
    FAILS(EACCES, open("d", O_RDONLY | O_DIRECTORY));
  });
}

CASE(readdir, of_a_directory_refilled_after_being_emptied) {
  fill("d", 500);
  for (int i = 0; i < 500; ++i) {
    if (unlink(("d/f" + std::to_string(i)).c_str()) != 0) abandon("unlink");
  }
  IS(names_in("d"), "");
  for (int i = 0; i < 100; ++i) file("d/g" + std::to_string(i));
  IS(list("d").size(), 100);
}

}  // namespace
}  // namespace sheen::posix
