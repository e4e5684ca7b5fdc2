// SPDX-License-Identifier: Apache-2.0
#pragma once

// StatfsProbe: the one Statfs request that may be on its way to a target, and the calls that wait
// for it. A target that is away thus never has more than one waiting, however often df is run.
// Calls that have given up are gone, which is why they are only weakly known here.
// The client's thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/wire/codec.h"

namespace sheen::client {

class StatfsWaiter {
 public:
  virtual ~StatfsWaiter() = default;
  virtual void on_statfs(bool is_ost, const wire::StatfsReply& reply) = 0;
};

struct StatfsProbe {
  bool asked = false;
  std::vector<std::weak_ptr<StatfsWaiter>> waiters;
};

}  // namespace sheen::client
