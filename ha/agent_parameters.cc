// SPDX-License-Identifier: Apache-2.0
#include "ha/agent_parameters.h"

#include <fmt/format.h>

#include "ha/cib.h"

namespace sheen::ha {

Result<std::set<std::string>> parameters_in(std::string_view metadata) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(metadata.data(), metadata.size());
  const pugi::xml_node agent = document.child("resource-agent");
  if (!parsed || agent.empty())
    return Error(Errc::kInvalid, "the agent's metadata cannot be understood");
  std::set<std::string> out;
  for (const pugi::xml_node parameter : agent.child("parameters").children("parameter"))
    out.emplace(attribute(parameter, "name"));
  return out;
}

}  // namespace sheen::ha
