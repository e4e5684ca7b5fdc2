// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t end = 0; (end = text.find(": ")) != std::string_view::npos;
       text.remove_prefix(end + 2))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
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

std::string plain_words(const Error& error, std::string_view target) {
  const std::string_view sentence = errc_info(error.code()).sentence;
  // Some details are whole messages from another process.
  const std::string text = error.detail().ends_with(sentence) ? error.detail() : error.message();
  std::vector<std::string_view> words;
  for (const std::string_view part : split_at_colons(text)) {
    const bool again = std::find(words.begin(), words.end(), part) != words.end();
    if (!again && part != target && part.find("://") == std::string_view::npos)
      words.push_back(part);
  }
  // Why it could not be reached says that, too.
  if (error.code() == Errc::kNotConnected && words.size() > 1 && words.back() == sentence)
    words.pop_back();
  return fmt::format("{}", fmt::join(words, ": "));
}

Complaint complain(const Error& error, std::string target, std::string advice) {
  if (advice.empty()) advice = usual_advice(error.code());
  std::string what = plain_words(error, target);
  return {exit_code_of(error.code()), std::move(what), std::move(target), std::move(advice)};
}

}  // namespace sheen::cli
