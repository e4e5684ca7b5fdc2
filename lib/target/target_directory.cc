// SPDX-License-Identifier: Apache-2.0
#include "lib/target/target_directory.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include "lib/base/fault.h"

namespace sheen::target {

Result<std::unique_ptr<TargetDirectory>> TargetDirectory::lock(const std::string& path) {
  const std::string file = path + "/LOCK";
  UniqueFd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.good()) return errno_error(errno, file);
  // Another host does not see this lock; nor shall a test whose hosts have one kernel.
  const auto unseen = SHEEN_FAULT("target.directory.lock");
  if (!(unseen && unseen->drop()) && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error(Errc::kLocked, path + " is served by another process on this host");
    return errno_error(errno, file);
  }
  return std::unique_ptr<TargetDirectory>(new TargetDirectory(std::move(fd)));
}

}  // namespace sheen::target
