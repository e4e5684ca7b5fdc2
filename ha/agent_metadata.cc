// SPDX-License-Identifier: Apache-2.0
#include "ha/agent_metadata.h"

#include <fmt/format.h>

#include "ha/cib.h"

namespace sheen::ha {

Result<AgentMetadata> AgentMetadata::parse(std::string_view xml) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  const pugi::xml_node agent = document.child("resource-agent");
  if (!parsed || agent.empty())
    return Error(Errc::kInvalid, "the agent's metadata cannot be understood");
  AgentMetadata out;
  for (const pugi::xml_node parameter : agent.child("parameters").children("parameter"))
    out.parameters.emplace(attribute(parameter, "name"));
  for (const pugi::xml_node action : agent.child("actions").children("action"))
    out.actions.emplace(attribute(action, "name"));
  return out;
}

}  // namespace sheen::ha
