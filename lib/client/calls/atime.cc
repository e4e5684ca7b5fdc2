// SPDX-License-Identifier: Apache-2.0
// atime under the rule of relatime (mount(8)). The MDT keeps it, and it is told of a read at once,
// but of the reads of one file not more often than once a second: a database that is read and
// written in turns would otherwise cost a change at the MDT for every read. What has not been told
// yet shows in this client's own attributes (Core::note).
#include <algorithm>

#include "lib/client/core.h"

namespace sheen::client {
namespace {

constexpr int64_t kPauseNs = 1 * kSecond;
constexpr int64_t kDayNs = 24 * 3600 * kSecond;

}  // namespace

void Core::accessed(const OpenFile& open, RealtimeNs objects_changed) {
  if (open.no_atime) return;
  Atime& atime = open.inode->atime;
  const RealtimeNs wall = now();
  const RealtimeNs changed = std::max(atime.changed, objects_changed);
  if (atime.time > changed && wall - atime.time < kDayNs) return;
  atime.time = wall;
  atime.untold = true;
  if (atime.waiting) return;
  if (!atime.told_at || clock.monotonic() - *atime.told_at >= kPauseNs)
    return tell_atime(*open.inode);
  atime.waiting = true;
  timers.at(*atime.told_at + kPauseNs, [this, inode = open.inode] {
    inode->atime.waiting = false;
    tell_atime(*inode);
  });
}

void Core::tell_atime(OpenInode& inode) {
  Atime& atime = inode.atime;
  if (!atime.untold) return;
  atime.untold = false;
  atime.told_at = clock.monotonic();
  wire::SetAttrRequestT request;
  request.cred = std::make_unique<wire::CredentialsT>();  // relatime asks for no permission
  request.fid = inode.fid().value;
  request.valid = wire::kSetAtime | wire::kSetAtimeNow | wire::kSetAtimeRelaxed;
  request.now = request.atime = atime.time;
  // Nobody waits for it and nobody could do anything about its failure.
  ask_mdt<wire::SetAttrRequest>(inode.fid(), request,
                                [](Result<rpc::ReplyFor<wire::SetAttrRequest>>) {});
}

}  // namespace sheen::client
