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

// Of all these resources: exactly these locations, and with `follow_attribute` (empty: none) that
// node attribute's value as a score.
void put_locations(Cib& cib, const std::vector<std::string>& resources,
                   const std::vector<Location>& locations, const std::string& follow_attribute);

struct Order {
  std::string first;
  std::string then;
};

// Between all these resources: exactly these Optional orders.
void put_orders(Cib& cib, const std::vector<std::string>& resources,
                const std::vector<Order>& orders);

}  // namespace sheen::ha
