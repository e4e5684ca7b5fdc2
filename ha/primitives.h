// SPDX-License-Identifier: Apache-2.0
#pragma once

// <primitive> elements: a resource or a fence device with its parameters, meta attributes and
// operations. Pure functions on a Cib; any thread.

#include <map>
#include <string>
#include <vector>

#include "ha/cib.h"

namespace sheen::ha {

struct Operation {
  std::string name;
  std::string interval;  // "0s" of start and stop
  std::string timeout;
  int check_level = 0;  // OCF_CHECK_LEVEL
};

struct Primitive {
  std::string id;
  std::string resource_class;  // "ocf", "stonith"
  std::string provider;        // "sheen"; empty: none
  std::string type;
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> meta;
  std::vector<Operation> operations;
};

// Writes it where an element with that id is, in a group or not, else at the end of `parent`.
// Parameters and operations become those given; meta attributes that are not given stay.
void put(Cib& cib, pugi::xml_node parent, const Primitive& primitive);

// The element, its clone if it is in one, and everything that refers to either.
void remove_resource(Cib& cib, const std::string& id);

}  // namespace sheen::ha
