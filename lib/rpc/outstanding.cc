// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/outstanding.h"

namespace sheen::rpc {

void SlotTable::reset(uint32_t count, const OutstandingMap& requests) {
  count_ = count;
  std::vector<bool> taken(count, false);
  for (const auto& [xid, request] : requests)
    if (request.slot < count) taken[request.slot] = true;
  free_.clear();
  for (uint32_t slot = count; slot-- > 0;)
    if (!taken[slot]) free_.push_back(slot);
}

std::optional<uint32_t> SlotTable::take() {
  if (free_.empty()) return std::nullopt;
  const uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void SlotTable::give_back(uint32_t slot) {
  // The server may offer fewer slots than before a reconnect; those above go out of use.
  if (slot < count_) free_.push_back(slot);
}

}  // namespace sheen::rpc
