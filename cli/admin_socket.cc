// SPDX-License-Identifier: Apache-2.0
#include "cli/admin_socket.h"

#include "lib/base/ids.h"
#include "lib/target/admin_client.h"

namespace sheen::cli {
namespace {

std::string advice_for(Errc code) {
  switch (code) {
    case Errc::kNotConnected: return "start it, or run this command on its host";
    case Errc::kTimedOut: return "it hangs: look at its log and its threads' stacks";
    case Errc::kPermission: return "start its process with --unlock-unsafe to arm fault points";
    default: return {};
  }
}

}  // namespace

Outcome<Json> ask_admin_socket(const std::string& label, const std::string& command,
                               int timeout_ms) {
  if (const auto parsed = TargetLabel::parse(label); !parsed)
    return usage(parsed.error().detail(), "give a label that sheen status shows");
  const auto answer = target::ask_admin(label, command, timeout_ms);
  if (!answer) return complain(answer.error(), label, advice_for(answer.code()));
  return at(label, Json::parse(*answer), "use the sheen command of the server's release");
}

}  // namespace sheen::cli
