// SPDX-License-Identifier: Apache-2.0
#include "ha/difference.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace sheen::ha {
namespace {

using Lines = std::vector<std::string>;

void add_values(const std::string& prefix, pugi::xml_node set, Lines& out) {
  for (const auto& [name, value] : values_of(set))
    out.push_back(fmt::format("{}{}={}", prefix, name, value));
}

void add_primitive(pugi::xml_node primitive, Lines& out) {
  const std::string about = fmt::format("{}: ", attribute(primitive, "id"));
  const std::string_view provider = attribute(primitive, "provider");
  out.push_back(fmt::format("{}{}:{}{}{}", about, attribute(primitive, "class"), provider,
                            provider.empty() ? "" : ":", attribute(primitive, "type")));
  const std::string_view parent = primitive.parent().name();
  if (parent == "group" || parent == "clone")
    out.push_back(fmt::format("{}in {} {}", about, parent, attribute(primitive.parent(), "id")));
  add_values(about, primitive.child("instance_attributes"), out);
  add_values(about + "meta ", primitive.child("meta_attributes"), out);
  for (const pugi::xml_node op : primitive.child("operations").children("op")) {
    std::string line = fmt::format("{}{} every {}, timeout {}", about, attribute(op, "name"),
                                   attribute(op, "interval"), attribute(op, "timeout"));
    for (const auto& [name, value] : values_of(op.child("instance_attributes")))
      line += fmt::format(", {}={}", name, value);
    for (const char* more : {"on-fail", "enabled", "role"})
      if (!op.attribute(more).empty()) line += fmt::format(", {}={}", more, attribute(op, more));
    out.push_back(std::move(line));
  }
}

// Any element, by its attributes; the way of those for which there are no better words.
std::string in_brackets(pugi::xml_node node) {
  std::string out = node.name();
  for (const pugi::xml_attribute one : node.attributes())
    if (std::string_view(one.name()) != "id") out += fmt::format(" {}={}", one.name(), one.value());
  for (const pugi::xml_node child : node.children())
    out += fmt::format(" ({})", in_brackets(child));
  return out;
}

void add_constraint(pugi::xml_node constraint, Lines& out) {
  const std::string_view element = constraint.name();
  const pugi::xml_node rule = constraint.child("rule");
  if (element == "rsc_location" && !constraint.attribute("node").empty())
    out.push_back(fmt::format("{}: location {}={}", attribute(constraint, "rsc"),
                              attribute(constraint, "node"), attribute(constraint, "score")));
  else if (element == "rsc_location" && !rule.attribute("score-attribute").empty())
    out.push_back(fmt::format("{}: location follows the attribute {}", attribute(constraint, "rsc"),
                              attribute(rule, "score-attribute")));
  else if (element == "rsc_location" &&
           attribute(rule.child("expression"), "operation") == "not_defined")
    out.push_back(fmt::format("{}: location {} where {} is not known", attribute(constraint, "rsc"),
                              attribute(rule, "score"),
                              attribute(rule.child("expression"), "attribute")));
  else if (element == "rsc_order" && !constraint.attribute("first").empty())
    out.push_back(fmt::format("{}: {} after {} ({})", attribute(constraint, "then"),
                              attribute(constraint, "then-action"), attribute(constraint, "first"),
                              attribute(constraint, "kind")));
  else
    out.push_back(fmt::format("constraint: {}", in_brackets(constraint)));
}

}  // namespace

Lines statements(const Cib& cib) {
  Lines out;
  const pugi::xml_node configuration = cib.root().child("configuration");
  for (const pugi::xml_node set : configuration.child("crm_config").children())
    add_values("cluster: ", set, out);
  for (const char* defaults : {"rsc_defaults", "op_defaults"})
    for (const pugi::xml_node set : configuration.child(defaults).children())
      add_values(fmt::format("{}: ", defaults), set, out);
  for (const pugi::xml_node primitive : cib.all("primitive")) add_primitive(primitive, out);
  for (const char* element : {"clone", "group"})
    for (const pugi::xml_node parent : cib.all(element))
      add_values(fmt::format("{}: meta ", attribute(parent, "id")), parent.child("meta_attributes"),
                 out);
  for (const pugi::xml_node constraint : configuration.child("constraints").children())
    add_constraint(constraint, out);
  for (const pugi::xml_node level : configuration.child("fencing-topology").children())
    out.push_back(fmt::format("{}: fenced by {} (level {})", attribute(level, "target"),
                              attribute(level, "devices"), attribute(level, "index")));
  for (const char* rest : {"tags", "alerts", "acls"})
    for (const pugi::xml_node node : configuration.child(rest).children())
      out.push_back(fmt::format("{}: {}", attribute(node, "id"), in_brackets(node)));
  std::sort(out.begin(), out.end());
  return out;
}

Lines difference(const Cib& before, const Cib& after) {
  const Lines old_lines = statements(before);
  const Lines new_lines = statements(after);
  Lines gone;
  Lines come;
  std::set_difference(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end(),
                      std::back_inserter(gone));
  std::set_difference(new_lines.begin(), new_lines.end(), old_lines.begin(), old_lines.end(),
                      std::back_inserter(come));
  Lines out;
  for (const std::string& line : gone) out.push_back("- " + line);
  for (const std::string& line : come) out.push_back("+ " + line);
  std::stable_sort(out.begin(), out.end(), [](const std::string& a, const std::string& b) {
    return std::string_view(a).substr(2, a.find(':')) < std::string_view(b).substr(2, b.find(':'));
  });
  return out;
}

}  // namespace sheen::ha
