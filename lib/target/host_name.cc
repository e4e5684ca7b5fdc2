// SPDX-License-Identifier: Apache-2.0
#include "lib/target/host_name.h"

#include <array>
#include <fstream>

#include <unistd.h>

namespace sheen::target {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "?";
  return name.data();
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace sheen::target
