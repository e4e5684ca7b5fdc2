// SPDX-License-Identifier: Apache-2.0
#include "lib/target/lost_writes.h"

#include <cerrno>
#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "lib/base/log.h"
#include "lib/target/host_name.h"

namespace sheen::target {

LostWrites::LostWrites(std::string directory, const Uuid& target)
    : directory_(std::move(directory)),
      path_(fmt::format("{}/{}.lost-writes", directory_, target.to_string())) {}

Status LostWrites::check() const {
  if (directory_.empty()) return ok();
  std::ifstream file(path_);
  std::string boot;
  if (!std::getline(file, boot) || boot != boot_id()) return ok();
  return Error(Errc::kIo,
               fmt::format("its file system failed to write; unmount and check it, mount it again, "
                           "then remove {}",
                           path_));
}

void LostWrites::note(const Error& why) const {
  if (directory_.empty()) return;
  if (mkdir(directory_.c_str(), 0755) != 0 && errno != EEXIST)
    SHEEN_ERROR("cannot make {}: {}", directory_, errno_error(errno, "mkdir").message());
  std::ofstream file(path_, std::ios::trunc);
  file << boot_id() << '\n' << why.message() << '\n';
  file.close();
  if (!file)
    SHEEN_ERROR("cannot write {}: a new start of this target would trust lost data", path_);
}

}  // namespace sheen::target
