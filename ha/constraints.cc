// SPDX-License-Identifier: Apache-2.0
#include "ha/constraints.h"

#include <algorithm>

#include <fmt/format.h>

namespace sheen::ha {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr const char* kKeepOff = "sheen-keep-off-";

std::string id_of(const Location& location) {
  // Not pcs's id for `avoids`: that one would be an administrator's.
  if (location.score == kNever)
    return fmt::format("{}{}-{}", kKeepOff, location.resource, location.node);
  return fmt::format("location-{}-{}-{}", location.resource, location.node, location.score);
}

// With a score that is written here; an administrator's own has another, or -INFINITY.
bool is_ours(pugi::xml_node location, const std::string& follow) {
  const std::string_view id = attribute(location, "id");
  if (id.starts_with(kKeepOff)) return true;
  const pugi::xml_node rule = location.child("rule");
  if (!rule.empty())
    return !follow.empty() && rule.first_child() == rule.last_child() &&
           attribute(rule.child("expression"), "attribute") == follow;
  const std::string_view score = attribute(location, "score");
  return (score == "100" || score == "50" || score == "0") &&
         id == fmt::format("location-{}-{}-{}", attribute(location, "rsc"),
                           attribute(location, "node"), score);
}

void put_location(pugi::xml_node constraints, const Location& location) {
  const pugi::xml_node element = append(constraints, "rsc_location", id_of(location));
  set_attribute(element, "rsc", location.resource);
  set_attribute(element, "node", location.node);
  set_attribute(element, "score",
                location.score == kNever ? "-INFINITY" : fmt::to_string(location.score));
}

void put_rule(pugi::xml_node constraints, const std::string& id, const std::string& resource,
              const char* score_name, std::string_view score, const char* operation,
              const std::string& name) {
  const pugi::xml_node element = append(constraints, "rsc_location", id);
  set_attribute(element, "rsc", resource);
  const pugi::xml_node rule = append(element, "rule", id + "-rule");
  set_attribute(rule, score_name, score);
  const pugi::xml_node expression = append(rule, "expression", id + "-rule-expr");
  set_attribute(expression, "operation", operation);
  set_attribute(expression, "attribute", name);
}

}  // namespace

void put_locations(Cib& cib, const std::vector<std::string>& resources,
                   const std::vector<Location>& locations, const NodeAttribute& follow) {
  pugi::xml_node constraints = cib.section("constraints");
  for (pugi::xml_node element = constraints.child("rsc_location"); element;) {
    const pugi::xml_node next = element.next_sibling("rsc_location");
    if (contains(resources, attribute(element, "rsc")) && is_ours(element, follow.name))
      constraints.remove_child(element);
    element = next;
  }
  for (const Location& location : locations) put_location(constraints, location);
  if (!follow.followed || follow.name.empty()) return;
  for (const std::string& resource : resources) {
    const std::string id = fmt::format("location-{}", resource);
    put_rule(constraints, id, resource, "score-attribute", follow.name, "defined", follow.name);
    put_rule(constraints, id + "-1", resource, "score", fmt::to_string(follow.score_if_unknown),
             "not_defined", follow.name);
  }
}

void put_orders(Cib& cib, const std::vector<std::string>& resources,
                const std::vector<Order>& orders) {
  pugi::xml_node constraints = cib.section("constraints");
  for (pugi::xml_node element = constraints.child("rsc_order"); element;) {
    const pugi::xml_node next = element.next_sibling("rsc_order");
    if (contains(resources, attribute(element, "first")) &&
        contains(resources, attribute(element, "then")) &&
        attribute(element, "id") == fmt::format("order-{}-{}-Optional", attribute(element, "first"),
                                                attribute(element, "then")))
      constraints.remove_child(element);
    element = next;
  }
  for (const Order& order : orders) {
    const pugi::xml_node element = append(
        constraints, "rsc_order", fmt::format("order-{}-{}-Optional", order.first, order.then));
    set_attribute(element, "first", order.first);
    set_attribute(element, "first-action", "start");
    set_attribute(element, "then", order.then);
    set_attribute(element, "then-action", "start");
    set_attribute(element, "kind", "Optional");
  }
}

}  // namespace sheen::ha
