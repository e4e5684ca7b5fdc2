// SPDX-License-Identifier: Apache-2.0
#include "cli/ha/show_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sheen::cli {
namespace {

Json to_json(const std::vector<std::string>& lines) {
  Json out = Json::array();
  for (const std::string& line : lines) out.push(line);
  return out;
}

}  // namespace

void show_plan(const Context& context, const Plan& plan) {
  std::string text = "nothing to change\n";
  if (plan.changes_anything()) {
    text = fmt::format("{}\n\nPacemaker then:\n", fmt::join(plan.difference(), "\n"));
    for (const std::string& action : plan.actions()) text += "  " + action + "\n";
    if (plan.actions().empty()) text += "  has nothing to do\n";
    if (const auto others = plan.touched_others(); !others.empty())
      text +=
          fmt::format("\nThat stops or moves what is not Sheen's: {}\n", fmt::join(others, ", "));
  }
  print(context,
        Json::object()
            .set("changes", to_json(plan.difference()))
            .set("actions", to_json(plan.actions()))
            .set("removed_targets", to_json(plan.removed_targets()))
            .set("touched_others", to_json(plan.touched_others())),
        text);
}

}  // namespace sheen::cli
