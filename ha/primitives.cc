// SPDX-License-Identifier: Apache-2.0
#include "ha/primitives.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace sheen::ha {
namespace {

pugi::xml_node child_set(pugi::xml_node parent, const char* element) {
  const pugi::xml_node found = parent.child(element);
  if (!found.empty()) return found;
  return append(parent, element, fmt::format("{}-{}", attribute(parent, "id"), element));
}

void put_operation(pugi::xml_node operations, const std::string& of, const Operation& operation) {
  const std::string id = fmt::format("{}-{}-interval-{}", of, operation.name, operation.interval);
  const pugi::xml_node op = append(operations, "op", id);
  set_attribute(op, "name", operation.name);
  set_attribute(op, "interval", operation.interval);
  set_attribute(op, "timeout", operation.timeout);
  if (operation.check_level == 0) return;
  set_value(child_set(op, "instance_attributes"), "OCF_CHECK_LEVEL",
            fmt::to_string(operation.check_level));
}

// Attributes by which constraints, tags and groups name a resource.
constexpr std::array kReferences = {"rsc", "with-rsc", "first", "then"};

bool refers_to(pugi::xml_node node, std::string_view id) {
  const bool names = std::any_of(kReferences.begin(), kReferences.end(),
                                 [&](const char* name) { return attribute(node, name) == id; });
  const std::string_view element = node.name();
  return names ||
         ((element == "resource_ref" || element == "obj_ref") && attribute(node, "id") == id);
}

// An emptied set or tag is one that Pacemaker refuses.
void remove_with_empty_parents(pugi::xml_node node) {
  for (;;) {
    pugi::xml_node parent = node.parent();
    parent.remove_child(node);
    const std::string_view name = parent.name();
    const bool needs_children = name == "resource_set" || name == "tag" || name == "rsc_order" ||
                                name == "rsc_colocation" || name == "rsc_location" ||
                                name == "rsc_ticket" || name == "group" || name == "clone";
    if (!needs_children || parent.first_child()) return;
    node = parent;
  }
}

void remove_references(Cib& cib, std::string_view id) {
  for (const char* section : {"constraints", "tags"}) {
    for (;;) {
      const pugi::xml_node found =
          cib.section(section).find_node([&](pugi::xml_node node) { return refers_to(node, id); });
      if (found.empty()) break;
      remove_with_empty_parents(found);
    }
    if (!cib.section(section).first_child() && std::string_view(section) == "tags")
      cib.root().child("configuration").remove_child(section);
  }
}

}  // namespace

void put(Cib& cib, pugi::xml_node parent, const Primitive& primitive) {
  pugi::xml_node element = cib.find("primitive", primitive.id);
  if (element.empty()) element = append(parent, "primitive", primitive.id);
  set_attribute(element, "class", primitive.resource_class);
  set_attribute(element, "type", primitive.type);
  if (!primitive.provider.empty()) set_attribute(element, "provider", primitive.provider);

  element.remove_child("instance_attributes");
  if (!primitive.parameters.empty()) {
    const pugi::xml_node parameters = child_set(element, "instance_attributes");
    for (const auto& [name, value] : primitive.parameters) set_value(parameters, name, value);
  }
  if (!primitive.meta.empty()) {
    const pugi::xml_node meta = child_set(element, "meta_attributes");
    for (const auto& [name, value] : primitive.meta) set_value(meta, name, value);
  }
  element.remove_child("operations");
  const pugi::xml_node operations = element.append_child("operations");
  for (const Operation& operation : primitive.operations)
    put_operation(operations, primitive.id, operation);
}

void remove_resource(Cib& cib, const std::string& id) {
  const pugi::xml_node element = cib.find("primitive", id);
  if (element.empty()) return;
  remove_references(cib, id);
  pugi::xml_node parent = element.parent();
  if (std::string_view(parent.name()) == "clone") {
    remove_references(cib, attribute(parent, "id"));
    parent.parent().remove_child(parent);
    return;
  }
  const bool last_of_group =
      std::string_view(parent.name()) == "group" &&
      std::distance(parent.children("primitive").begin(), parent.children("primitive").end()) == 1;
  if (last_of_group) {
    remove_references(cib, attribute(parent, "id"));
    parent.parent().remove_child(parent);
    return;
  }
  parent.remove_child(element);
}

}  // namespace sheen::ha
