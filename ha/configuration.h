// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a Description to Pacemaker's configuration. Pure functions; any thread.
//
// What is written, and why (Pacemaker Explained; tests/ha asks the scheduler whether it is so):
// - opt-in placement: a node without a target's disks has no score for it;
// - the gap between preferred and other node is smaller than the stickiness: nothing moves back by
//   itself when a node returns;
// - one death of a server process can count as several failures, and a target that is banned from
//   the only node left is worse than one that restarts often: the threshold is high;
// - a start that fails does not ban a node at once;
// - a busy node starts its partner's targets all the same, and side by side: Pacemaker's throttling
//   (load-threshold) is for services that can wait;
// - orders are Optional and pairwise: a failed MGT must not restart everybody else, and a chain of
//   Optional orders says nothing about its ends;
// - two nodes that lost sight of each other do not shoot at the same moment;
// - a target leaves a node that reaches nobody on Sheen's network if the other node does;
// - the MGS hears when a node was fenced, and tells the clients.
//
// What is not described is left alone, except targets of ours: they are removed, with what refers
// to them. What operators set at run time (target-role, is-managed, bans) stays.

#include <string>
#include <vector>

#include "ha/cib.h"
#include "ha/description.h"

namespace sheen::ha {

inline constexpr const char* kNetworkResource = "sheen-network";  // also the attribute's name
inline constexpr int kNetworkScore = 5000;  // of a node that reaches a peer; the agent's default
inline constexpr const char* kAlert = "sheen-alert";
inline constexpr const char* kAlertAgent = "/usr/share/sheen/alerts/sheen-alert";
inline constexpr int kPreferredScore = 100;
inline constexpr int kOtherScore = 50;

void configure(const Description& description, Cib& cib);

bool is_target(pugi::xml_node primitive);  // an ocf:sheen:target

}  // namespace sheen::ha
