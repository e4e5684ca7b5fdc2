// SPDX-License-Identifier: Apache-2.0
#include "ha/cib.h"

#include <sstream>

#include <fmt/format.h>

#include "lib/base/assert.h"

namespace sheen::ha {
namespace {

struct Collector : pugi::xml_tree_walker {
  explicit Collector(std::string_view wanted_in) : wanted(wanted_in) {}
  bool for_each(pugi::xml_node& node) override {
    if (node.name() == wanted) found.push_back(node);
    return true;
  }
  std::string_view wanted;
  std::vector<pugi::xml_node> found;
};

}  // namespace

Result<Cib> Cib::parse(std::string_view xml) {
  Cib out;
  const auto parsed = out.document_->load_buffer(xml.data(), xml.size());
  if (!parsed) return Error(Errc::kInvalid, fmt::format("no XML: {}", parsed.description()));
  if (out.root().child("configuration").empty())
    return Error(Errc::kInvalid, "no configuration of Pacemaker: <cib><configuration> is missing");
  return out;
}

std::string Cib::to_string() const {
  std::ostringstream out;
  document_->save(out, "  ");
  return out.str();
}

pugi::xml_node Cib::section(const char* name) {
  pugi::xml_node configuration = root().child("configuration");
  const pugi::xml_node found = configuration.child(name);
  return found.empty() ? configuration.append_child(name) : found;
}

std::vector<pugi::xml_node> Cib::all(const char* element) const {
  Collector collector(element);
  root().child("configuration").traverse(collector);
  return std::move(collector.found);
}

pugi::xml_node Cib::find(const char* element, std::string_view id) const {
  for (const pugi::xml_node node : all(element))
    if (attribute(node, "id") == id) return node;
  return {};
}

std::string_view attribute(pugi::xml_node node, const char* name) {
  return node.attribute(name).value();
}

void set_attribute(pugi::xml_node node, const char* name, std::string_view value) {
  pugi::xml_attribute found = node.attribute(name);
  if (found.empty()) found = node.append_attribute(name);
  const bool set = found.set_value(std::string(value).c_str());
  SHEEN_ASSERT(set);
}

pugi::xml_node append(pugi::xml_node parent, const char* element, const std::string& id) {
  const pugi::xml_node child = parent.append_child(element);
  set_attribute(child, "id", id);
  return child;
}

std::map<std::string, std::string> values_of(pugi::xml_node set) {
  std::map<std::string, std::string> out;
  for (const pugi::xml_node pair : set.children("nvpair"))
    out[std::string(attribute(pair, "name"))] = attribute(pair, "value");
  return out;
}

void set_value(pugi::xml_node set, const std::string& name, std::string_view value) {
  pugi::xml_node pair = set.find_child_by_attribute("nvpair", "name", name.c_str());
  if (pair.empty()) {
    pair = append(set, "nvpair", fmt::format("{}-{}", attribute(set, "id"), name));
    set_attribute(pair, "name", name);
  }
  set_attribute(pair, "value", value);
}

}  // namespace sheen::ha
