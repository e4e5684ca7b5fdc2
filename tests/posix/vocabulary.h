// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words cases are written in besides system calls: make and look at files, compare times, act
// as other users and in other processes. Each ends the case when something fails that the case
// takes for granted. For use in a case's own process and in processes forked from it.

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sheen::posix {

inline constexpr off_t kKiB = 1024;
inline constexpr off_t kMiB = 1024 * kKiB;
inline constexpr off_t kGiB = 1024 * kMiB;
inline constexpr off_t kTiB = 1024 * kGiB;

// --- files ---

// Makes a file with this content, or replaces the content.
void file(const std::string& path, std::string_view content = "", mode_t mode = 0644);
void directory(const std::string& path, mode_t mode = 0755);
// Makes a file or directory of another owner.
void own(const std::string& path, uid_t uid, gid_t gid);

std::string content(const std::string& path);
// From offset 0 to the end, whatever the descriptor's offset.
std::string content(int fd);
std::string read_at(int fd, size_t size, off_t offset);
void write_at(int fd, std::string_view bytes, off_t offset);
// One read from the descriptor's offset.
std::string read_next(int fd, size_t size);

// Bytes that tell every offset apart; `seed` tells files apart.
std::string pattern(size_t size, off_t offset = 0, uint32_t seed = 0);

bool exists(const std::string& path);  // the name itself, symlinks not followed
struct stat info(const std::string& path);
struct stat info(int fd);
std::string mode_of(const std::string& path);   // "0644", symlinks not followed
std::string owner_of(const std::string& path);  // "uid:gid"
std::string type_of(const std::string& path);   // "file", "directory", "symlink", "fifo", ...
std::string type_of(mode_t mode);
off_t size_of(const std::string& path);
unsigned long links_of(const std::string& path);
bool same_file(const std::string& a, const std::string& b);
std::string target_of(const std::string& symlink_path);
// Sorted and joined with spaces, without "." and "..".
std::string names_in(const std::string& directory_path);
std::vector<std::string> list(const std::string& directory_path);

// --- times ---

// Long enough for a time stamp taken afterwards to differ from one taken before.
void tick();
// Which times of a file `body` changes: a subset of "atime mtime ctime", or "none".
std::string times_changed_by(const std::string& path, const std::function<void()>& body);
std::string times_changed_by(int fd, const std::function<void()>& body);
// Sets atime and mtime to these seconds.
void set_times(const std::string& path, time_t atime, time_t mtime);

// --- users ---

struct User {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups = {};
};

inline constexpr gid_t kStaff = 3001;
inline const User kAlice{2001, 2001};
inline const User kBob{2002, 2002};
inline const User kCarolOfStaff{2003, 2003, {kStaff}};

// Runs `body` as this user in another process; what breaks there is broken in the case.
void as(const User& user, const std::function<void()>& body);

// --- processes ---

// Runs `body` in a forked process; gives "exit N" or the signal's name.
std::string ending_of(const std::function<void()>& body);
pid_t start(const std::function<void()>& body);
// Waits for a started process, which must end well.
void finish(pid_t pid);
void pause_ms(int ms);

// One process waits until another has opened it. For use over fork, any number of times in turn.
class Gate {
 public:
  Gate();
  void open() const;
  void pass() const;

 private:
  int ends_[2];
};

// Makes a call that must block and sends this process signals (with a handler that does nothing,
// and without SA_RESTART) until it returns. Gives the call's result and leaves its errno.
long interrupted(const std::function<long()>& call);

}  // namespace sheen::posix
