// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/tools.h"

#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheen::cli {
namespace {

// A configuration of hundreds of targets with its status is a few MiB.
constexpr size_t kOutputMax = 64 << 20;

std::string advice_for(const std::string& program) {
  return program == "pcs" ? "install pcs" : "install Pacemaker's command-line tools";
}

std::string last_line_of(const std::string& text) {
  ProgramResult lines;
  lines.output = text;
  return lines.last_line();
}

// The longest of what they wait for by themselves, and more.
constexpr int kTimeoutS = 3700;

Outcome<ProgramResult> run(const std::vector<std::string>& words, const std::string& input,
                           const Patience& patience) {
  std::vector<std::string> command = words;
  SHEEN_ASSIGN(command[0], find_program(words[0], advice_for(words[0])));
  return run_program(command, {.input = input,
                               .output_max = kOutputMax,
                               .keep_errors_apart = true,
                               .own_session = true,
                               .patience = patience});
}

Complaint no_cluster(const std::string& said) {
  return {kExitUnreachable,
          fmt::format("no cluster answers on this node ({})", said),
          {},
          "start it (pcs cluster start) or run this on one of its nodes"};
}

// Pacemaker's tools say so when pacemakerd is not there.
bool means_no_cluster(const ProgramResult& result) {
  constexpr int kDisconnected = 102;  // CRM_EX_DISCONNECT
  return result.exit_code == kDisconnected;
}

}  // namespace

Outcome<std::string> run_tool(const std::vector<std::string>& words, const std::string& input) {
  SHEEN_ASSIGN(ProgramResult result, run(words, input, {.limit_s = kTimeoutS}));
  if (result.exit_code == 0) return std::move(result.output);
  std::string said = last_line_of(result.errors.empty() ? result.output : result.errors);
  if (means_no_cluster(result)) return no_cluster(said);
  if (said.empty()) said = fmt::format("exit code {}", result.exit_code);
  return Complaint{kExitFailed, fmt::format("{}: {}", words[0], said), {}, {}};
}

Outcome<void> run_pcs(const std::vector<std::string>& words, Patience patience) {
  if (patience.limit_s == 0) patience.limit_s = kTimeoutS;
  std::vector<std::string> command{"pcs"};
  command.insert(command.end(), words.begin(), words.end());
  SHEEN_ASSIGN(const ProgramResult result, run(command, {}, patience));
  if (result.exit_code == 0) return {};
  std::vector<std::string> errors;
  std::istringstream lines(result.errors);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("Error: ")) errors.push_back(line.substr(7));
  if (errors.empty()) errors.push_back(last_line_of(result.errors));
  return Complaint{kExitFailed, fmt::format("pcs: {}", fmt::join(errors, "; ")), {}, {}};
}

Outcome<ha::Cib> live_cib() {
  SHEEN_ASSIGN(const std::string xml, run_tool({"cibadmin", "--query"}));
  return at("Pacemaker", ha::Cib::parse(xml));
}

Outcome<ha::ClusterState> live_state() {
  SHEEN_ASSIGN(const std::string xml, run_tool({"crm_mon", "--one-shot", "--output-as=xml"}));
  return at("Pacemaker", ha::ClusterState::parse(xml));
}

Outcome<std::string> own_node() {
  SHEEN_ASSIGN(std::string name, run_tool({"crm_node", "--name"}));
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

}  // namespace sheen::cli
