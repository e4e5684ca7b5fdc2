// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where targets may run and in which order they start. What was not written here, by its id, its
// score or what its rule asks, belongs to somebody else and is left alone. Pure functions on a Cib;
// any thread.

#include <string>
#include <vector>

#include "ha/cib.h"

namespace sheen::ha {

struct Location {
  std::string resource;
  std::string node;
  int score = 0;  // kNever: not there, whatever else attracts it
};
inline constexpr int kNever = -1'000'000;  // Pacemaker's -INFINITY

// A node attribute whose value is a score. A node that has none (it has just joined, or its
// controller was started again, which forgets it) counts like one that is well: not knowing is no
// reason to move anything.
struct NodeAttribute {
  std::string name;
  int score_if_unknown = 0;
  bool followed = true;  // false: those that followed it do no more
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
