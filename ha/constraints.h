// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where targets may run and in which order they start. Constraints with ids that are not of the
// shapes written here belong to somebody else and are left alone. Pure functions on a Cib; any
// thread.

#include <string>
#include <vector>

#include "ha/cib.h"

namespace sheen::ha {

struct Location {
  std::string resource;
  std::string node;
  std::string score;
};

// A node attribute whose value is a score. A node that has none (it has just joined, or its
// controller was started again, which forgets it) counts like one that is well: not knowing is no
// reason to move anything.
struct NodeAttribute {
  std::string name;  // empty: none
  int score_if_unknown = 0;
};

// Of all these resources: exactly these locations, and following that attribute.
void put_locations(Cib& cib, const std::vector<std::string>& resources,
                   const std::vector<Location>& locations, const NodeAttribute& follow);

struct Order {
  std::string first;
  std::string then;
};

// Between all these resources: exactly these Optional orders.
void put_orders(Cib& cib, const std::vector<std::string>& resources,
                const std::vector<Order>& orders);

}  // namespace sheen::ha
