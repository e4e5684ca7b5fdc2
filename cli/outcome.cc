// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.h"

#include <fmt/format.h>

namespace sheen::cli {
namespace {

std::string_view usual_advice(Errc code) {
  switch (code) {
    case Errc::kNotConnected:
    case Errc::kTimedOut: return "see that it runs and can be reached from here (sheen status)";
    case Errc::kNotConfigured: return "check --fsname, or wait until its targets have registered";
    case Errc::kRecovering: return "try again when it has recovered";
    case Errc::kShuttingDown: return "try again when it has restarted";
    case Errc::kUnknownParam: return "sheen param list shows those there are";
    case Errc::kAccess:
    case Errc::kPermission: return "run it as root";
    case Errc::kBadVersion: return "use the sheen command of the servers' release";
    case Errc::kWrongTarget: return "check the address: another target answers there";
    case Errc::kLocked: return "stop the server that uses it first";
    case Errc::kNoSpace: return "free some space first";
    default: return "";
  }
}

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::kNotConnected:
    case Errc::kTimedOut: return kExitUnreachable;
    default: return kExitFailed;
  }
}

}  // namespace

std::string Complaint::line(std::string_view program) const {
  std::string text = fmt::format("{}: {}", program, what);
  if (!target.empty()) text += ", " + target;
  if (!advice.empty()) text += ": " + advice;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

Complaint complain(const Error& error, std::string target, std::string advice) {
  if (advice.empty()) advice = usual_advice(error.code());
  // Some details are whole messages from another process, or begin with the target's name.
  const bool whole = error.detail().ends_with(errc_info(error.code()).sentence);
  std::string what = whole ? error.detail() : error.message();
  const std::string prefix = target + ": ";
  if (!target.empty() && what.starts_with(prefix)) what.erase(0, prefix.size());
  return {exit_code_of(error.code()), std::move(what), std::move(target), std::move(advice)};
}

}  // namespace sheen::cli
