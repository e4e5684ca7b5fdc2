// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which MGS to ask, and about which file system: --mgs (or SHEEN_MGS), else the mount that a path
// lies on, else the mounts of this host if they agree, else /etc/sheen/mgs. Any thread.

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/mounts.h"
#include "lib/rpc/import.h"

namespace sheen::cli {

struct MgsPlace {
  std::vector<std::string> nodes;  // "host" or "host:port"
  std::string fsname;              // empty: ask the MGS which there are

  std::string to_string() const;  // "mgs1,mgs2:7000"
  rpc::TargetInfo target() const;
};

Outcome<MgsPlace> find_mgs(const Context& context, const std::optional<Mount>& mount = {});

// "mgs1,mgs2:7000" and newlines for commas; words only.
Result<std::vector<std::string>> parse_nodes(std::string_view text);

}  // namespace sheen::cli
