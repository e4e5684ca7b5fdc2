// SPDX-License-Identifier: Apache-2.0
// Every call that takes a path, against every way in which a path can fail before its last
// component: one case per call and errno.

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

struct PathCall {
  const char* name;
  long (*call)(const char* path);
};

char buffer[4096];
struct stat stat_buffer;

const PathCall kCalls[] = {
    {"open", [](const char* p) -> long { return open(p, O_RDONLY); }},
    {"open_for_writing", [](const char* p) -> long { return open(p, O_WRONLY); }},
    {"create", [](const char* p) -> long { return open(p, O_WRONLY | O_CREAT, 0644); }},
    {"create_exclusively",
     [](const char* p) -> long { return open(p, O_WRONLY | O_CREAT | O_EXCL, 0644); }},
    {"opendir", [](const char* p) -> long { return opendir(p) == nullptr ? -1 : 0; }},
    {"stat", [](const char* p) -> long { return stat(p, &stat_buffer); }},
    {"lstat", [](const char* p) -> long { return lstat(p, &stat_buffer); }},
    {"statfs",
     [](const char* p) -> long {
       struct statfs fs;
       return statfs(p, &fs);
     }},
    {"access", [](const char* p) -> long { return access(p, F_OK); }},
    {"chmod", [](const char* p) -> long { return chmod(p, 0644); }},
    {"chown", [](const char* p) -> long { return chown(p, 2001, 2001); }},
    {"lchown", [](const char* p) -> long { return lchown(p, 2001, 2001); }},
    {"truncate", [](const char* p) -> long { return truncate(p, 0); }},
    {"utimensat", [](const char* p) -> long { return utimensat(AT_FDCWD, p, nullptr, 0); }},
    {"mkdir", [](const char* p) -> long { return mkdir(p, 0755); }},
    {"rmdir", [](const char* p) -> long { return rmdir(p); }},
    {"mkfifo", [](const char* p) -> long { return mkfifo(p, 0644); }},
    {"mknod", [](const char* p) -> long { return mknod(p, S_IFREG | 0644, 0); }},
    {"unlink", [](const char* p) -> long { return unlink(p); }},
    {"symlink", [](const char* p) -> long { return symlink("x", p); }},
    {"readlink", [](const char* p) -> long { return readlink(p, buffer, sizeof buffer); }},
    {"link_from", [](const char* p) -> long { return link(p, "new"); }},
    {"link_to", [](const char* p) -> long { return link("file", p); }},
    {"rename_from", [](const char* p) -> long { return rename(p, "new"); }},
    {"rename_to", [](const char* p) -> long { return rename("file", p); }},
    {"chdir", [](const char* p) -> long { return chdir(p); }},
    {"execve", [](const char* p) -> long { return execl(p, p, nullptr); }},
    {"getxattr",
     [](const char* p) -> long { return getxattr(p, "user.a", buffer, sizeof buffer); }},
    {"setxattr", [](const char* p) -> long { return setxattr(p, "user.a", "1", 1, 0); }},
    {"listxattr", [](const char* p) -> long { return listxattr(p, buffer, sizeof buffer); }},
    {"removexattr", [](const char* p) -> long { return removexattr(p, "user.a"); }},
    {"bind",
     [](const char* p) -> long {
       sockaddr_un address{};
       address.sun_family = AF_UNIX;
       std::strncpy(address.sun_path, p, sizeof address.sun_path - 1);
       return bind(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&address),
                   sizeof address);
     }},
};

struct PathFault {
  const char* name;
  std::string path;
  int error;
};

const PathFault kFaults[] = {
    {"through_a_missing_directory", "missing/x", ENOENT},
    {"through_a_file", "file/x", ENOTDIR},
    {"through_a_fifo", "fifo/x", ENOTDIR},
    {"through_a_symlink_to_a_file", "symlink_to_file/x", ENOTDIR},
    {"through_a_dangling_symlink", "dangling/x", ENOENT},
    {"through_a_symlink_loop", "loop/x", ELOOP},
    {"without_search_permission", "closed/x", EACCES},
    {"through_a_name_too_long", std::string(256, 'n') + "/x", ENAMETOOLONG},
};

void check(const PathCall& call, const PathFault& fault) {
  file("file", "abc", 0777);
  OK(mkfifo("fifo", 0777));
  OK(symlink("file", "symlink_to_file"));
  OK(symlink("nowhere", "dangling"));
  OK(symlink("loop", "loop"));
  directory("closed", 0600);
  file("closed/x", "", 0777);
  // An ordinary user, for root may search everything; she owns "file", so that nothing else
  // refuses.
  own("file", kAlice.uid, kAlice.gid);
  as(kAlice, [&] {
    const Site site{"path_error_test.cc", 0, call.name};
    errno = 0;
    see_failure(site, fault.error, call.call(fault.path.c_str()));
  });
  IS(names_in("closed"), "x");
  HOLDS(!exists("new"));
}

[[maybe_unused]] const bool faults_registered = [] {
  for (const PathCall& call : kCalls) {
    for (const PathFault& fault : kFaults) {
      // A socket's path has only 108 bytes.
      if (std::string_view(call.name) == "bind" && fault.error == ENAMETOOLONG) continue;
      Registration(
          std::string("path/") + call.name + "_" + fault.name + "_is_" + errno_name(fault.error),
          [&] { check(call, fault); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace sheen::posix
