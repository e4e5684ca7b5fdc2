// SPDX-License-Identifier: Apache-2.0
#include "cli/device_signature.h"

#include <sstream>

#include "cli/process.h"

namespace sheen::cli {

Outcome<std::optional<DeviceSignature>> signature_on(const std::string& device) {
  SHEEN_ASSIGN(const std::string wipefs, find_program("wipefs", "install util-linux"));
  SHEEN_ASSIGN(const ProgramResult result, run_program({wipefs, "--no-act", "--parsable", device},
                                                       {.patience = {.limit_s = 20}}));
  if (result.exit_code != 0)
    return Complaint{kExitFailed, "cannot be examined: " + result.last_line(), device,
                     "see that the storage answers"};
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);  // offset,uuid,label,type
    std::string offset, uuid, label, type;
    std::getline(fields, offset, ',');
    std::getline(fields, uuid, ',');
    std::getline(fields, label, ',');
    std::getline(fields, type, ',');
    return DeviceSignature{type, label};
  }
  return std::optional<DeviceSignature>();
}

}  // namespace sheen::cli
