// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cib: Pacemaker's configuration and status as XML (Pacemaker Explained, "The Cluster Information
// Base"), and the shapes in which pcs(8) writes its elements, ids included: what `sheen ha` writes
// and what an administrator types must be the same. A value that only moves; of one thread. Nodes
// that it hands out live as long as it does.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "lib/base/result.h"

namespace sheen::ha {

class Cib {
 public:
  // kInvalid: it is no XML, or no CIB.
  static Result<Cib> parse(std::string_view xml);

  std::string to_string() const;
  // "crm_config", "resources", "constraints"…; made if it is not there.
  pugi::xml_node section(const char* name);
  pugi::xml_node root() const { return document_->child("cib"); }
  // Of the configuration; null if there is none.
  pugi::xml_node find(const char* element, std::string_view id) const;
  // All of that name in the configuration, however deep.
  std::vector<pugi::xml_node> all(const char* element) const;

 private:
  Cib() = default;
  std::unique_ptr<pugi::xml_document> document_ = std::make_unique<pugi::xml_document>();
};

std::string_view attribute(pugi::xml_node node, const char* name);
void set_attribute(pugi::xml_node node, const char* name, std::string_view value);
// A new child with that id.
pugi::xml_node append(pugi::xml_node parent, const char* element, const std::string& id);

// Sets of name and value (instance_attributes, meta_attributes, cluster_property_set).
std::map<std::string, std::string> values_of(pugi::xml_node set);
// Changes the pair of that name, wherever it is in the set, or adds it.
void set_value(pugi::xml_node set, const std::string& name, std::string_view value);

}  // namespace sheen::ha
