// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/drill/uses.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/filesystem.h"
#include "cli/layout_path.h"
#include "lib/base/clock.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli {
namespace {

constexpr size_t kBytes = 4096;
// As a person would wait for an answer before asking again.
constexpr int64_t kAgainAfterNs = 60 * kSecond;

Status write_and_sync(int fd) {
  static constexpr std::array<char, kBytes> kContent{};
  if (::pwrite(fd, kContent.data(), kContent.size(), 0) != static_cast<ssize_t>(kContent.size()))
    return errno_error(errno, "write");
  if (::fsync(fd) != 0) return errno_error(errno, "fsync");
  return ok();
}

Status make_and_remove(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.good()) return errno_error(errno, "open");
  file.close();  // or its last close would remove it, after what is timed
  if (::unlink(path.c_str()) != 0) return errno_error(errno, "unlink");
  return ok();
}

}  // namespace

Outcome<UniqueFunction<Status()>> use_of_data(const TargetLabel& target,
                                              const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0)
    return complain(errno_error(errno, "cannot be made"), directory);
  const std::string path = directory + "/probe";
  if (target.kind == TargetKind::kMdt)
    return UniqueFunction<Status()>([path] { return make_and_remove(path); });
  // A file has its layout from before it is used.
  UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)).close();
  StripeHint hint;
  hint.count = "1";
  hint.start = fmt::to_string(target.index);
  SHEEN_TRY(set_layout(path, kLayoutXattr, hint));
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.good()) return complain(errno_error(errno, "cannot be opened"), path);
  return UniqueFunction<Status()>([file = std::move(file)] { return write_and_sync(file.get()); });
}

UniqueFunction<Status()> use_of_configuration(const MgsPlace& mgs) {
  return [mgs, clock = SystemClock()]() -> Status {
    const MonotonicNs begin = clock.monotonic();
    for (;;) {
      AdminSession session;
      const auto map = fetch_map(session, mgs);
      if (map) return ok();
      if (clock.monotonic() - begin > kAgainAfterNs)
        return Error(Errc::kTimedOut, map.error().what);
    }
  };
}

}  // namespace sheen::cli
