// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an import keeps of each request until it is answered, and the session's slots.
// Owned by the import, on its thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "lib/rpc/import.h"

namespace sheen::rpc {

enum class Purpose {
  kCaller,   // from call(): survives reconnects
  kRestate,  // from restate(): ends with the connection, as do all below
  kConnect,
  kPing,   // so that the server hears from an idle client
  kProbe,  // a request got no answer: is anybody there?
  kRecovered,
  kDisconnect,
};

struct Outstanding {
  uint64_t xid = 0;
  Purpose purpose = Purpose::kCaller;
  Request request;
  Completion completion;
  uint32_t slot = wire::kNoSlot;
  bool sent = false;            // may have reached a server
  bool queued = false;          // in its channel's queue
  bool overdue = false;         // to be sent again when the probe is answered
  bool holds_recovery = false;  // must be answered before Recovered is said
  MonotonicNs issued_at = 0;
  MonotonicNs due_at = kNever;  // time-out of what was sent, or
  bool due_resend = false;      // ... the time to send it again
};

// By xid: the first is the xid floor.
using OutstandingMap = std::map<uint64_t, Outstanding>;

class SlotTable {
 public:
  // Slots 0..count-1 without those that are taken.
  void reset(uint32_t count, const OutstandingMap& requests);
  std::optional<uint32_t> take();
  void give_back(uint32_t slot);

 private:
  uint32_t count_ = 0;
  std::vector<uint32_t> free_;  // the last is given next, so that few slots are used if few suffice
};

}  // namespace sheen::rpc
