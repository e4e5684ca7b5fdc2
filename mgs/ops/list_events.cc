// SPDX-License-Identifier: Apache-2.0
// ListEvents: what the servers' clusters have told (ReportEvent), page by page backwards.
#include <algorithm>

#include "mgs/ops/ops.h"

namespace sheen::mgs::ops {
namespace {

// As many as surely fit into one body: an event's texts are bounded by ReportEvent.
constexpr uint32_t kPageMax = 256;

}  // namespace

Result<wire::ListEventsReplyT> list_events(Mgs& mgs, const OpContext&,
                                           const wire::ListEventsRequest& request) {
  wire::ListEventsReplyT reply;
  SHEEN_ASSIGN(reply.events,
               mgs.events().list(request.before(), std::min(request.limit(), kPageMax)));
  return reply;
}

}  // namespace sheen::mgs::ops
